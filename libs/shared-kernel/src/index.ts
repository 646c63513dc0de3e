export * from './aggregate-root';
export * from './clock';
export * from './domain-error';
export * from './ids';
export * from './money';
export * from './order-number';
export * from './quantity';
export * from './with-values';
