import type { Fulfilment } from './fulfilment';
import type { Return } from './return';

/** Fulfilments of the open unit of work. The caller holds the lock of the order, which gives a fulfilment its id. */
export abstract class FulfilmentRepository {
  /** Opens the fulfilment of a paid order, unless it is open already. Needs no lock. */
  abstract open(orderId: string): Promise<void>;
  /** Opens it first where nothing has yet. */
  abstract lock(orderId: string): Promise<Fulfilment>;
}

/** Returns of the open unit of work. Lock order: the order, its fulfilment, its returns, the products. */
export abstract class ReturnRepository {
  abstract add(requested: Return): void;
  /** The order of a return, which never changes: it is locked before the return. Throws ReturnNotFound. */
  abstract orderOf(id: string): Promise<string>;
  /** Throws ReturnNotFound. */
  abstract lock(id: string): Promise<Return>;
  /** Whether goods of the customer are expected back. */
  abstract hasOpen(customerId: string): Promise<boolean>;
}
