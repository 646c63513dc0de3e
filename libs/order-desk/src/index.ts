// Owns: what admins note about orders (schema `order_desk`), and the export of orders as CSV.
// Exposes: nothing to other contexts.
// Emits: nothing.
// Reacts to: nothing.
// Promises: an export of any size needs the memory of one page; its cells are no formulas.
import { OrderNotes1700000000103 } from './infrastructure/1700000000103-order-notes.migration';

export { OrderDeskApiModule } from './order-desk.module';
export const orderDeskPersistence = { entities: [], migrations: [OrderNotes1700000000103] };
