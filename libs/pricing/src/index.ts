// Owns: shipping methods and tax rates (schema `pricing`).
// Exposes: ShippingRates and TaxCalculator, behind which a carrier or a tax service may stand; Pricing for tools.
// Emits: nothing.
// Reacts to: nothing but its own notification, which makes every process read the tables again.
// Promises: amounts are exact, rounded half up by line; a shop without methods and rates reads nothing for an order.
import { Pricing1700000000102 } from './infrastructure/1700000000102-pricing.migration';

export { PricingApiModule, PricingModule } from './pricing.module';
export { Pricing } from './application/pricing.service';
export { AddressRequired, ShippingMethodRequired, ShippingMethodUnavailable } from './domain/pricing.errors';
export { ShippingRates, type ShippingTerms } from './domain/shipping-rates';
export { TaxCalculator, type TaxTerms, termsOf as taxTermsOf } from './domain/tax-calculator';
export const pricingPersistence = { entities: [], migrations: [Pricing1700000000102] };
