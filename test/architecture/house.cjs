// The house, as rules.cjs and boundaries.spec.ts see it.

/** Every other folder of libs is a bounded context, so a new one is guarded from its first file. */
const PLUMBING = ['shared-kernel', 'contracts', 'platform', 'http', 'testbed', 'client'];

/** The platform's floors, lowest first. Each imports only floors before it. */
const FLOORS = [
  ...['problems', 'config', 'observability', 'limits', 'persistence', 'audit', 'outbox', 'unit-of-work', 'reads'],
  ...['publishing', 'relay'],
];

/** The synchronous edges between contexts: what must be decided in one transaction. Everything else is an event. */
const ASKS = {
  // an order has its stock, or does not exist; its total and its address are decided with it
  ordering: ['catalog', 'pricing', 'address-book'],
  'order-desk': ['ordering'], // a note is about an order; the export reads the list of orders page by page
  cart: ['catalog', 'ordering'], // an item is held or refused; a checkout is an order, or leaves the cart as it was
  fulfilment: ['ordering'], // what leaves, comes back and is paid back is decided under the lock of its order
  payments: ['ordering'], // an order whose total no provider takes exactly is refused before it takes stock
  // a daily mail lists the products that are low on stock; a one-time token is made when its mail is sent
  notifications: ['catalog', 'account-recovery'],
  'inventory-sync': ['catalog'], // a count is compared with the stock and applied under the lock of its product
  'catalog-files': ['catalog'], // a file's rows become products
};

module.exports = { PLUMBING, FLOORS, ASKS };
