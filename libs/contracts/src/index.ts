export type * from './account-recovery.events';
export type * from './catalog.events';
export type * from './fulfilment.events';
export type * from './identity.events';
export type * from './notifications.events';
export type * from './ordering.events';
export type * from './payments.events';
