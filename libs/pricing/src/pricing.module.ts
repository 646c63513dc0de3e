import { Module } from '@nestjs/common';
import { ShippingMethodsController, TaxRatesController } from './api/pricing.controller';
import { PricingTables, TableShippingRates, TableTaxCalculator } from './application/pricing-tables';
import { Pricing } from './application/pricing.service';
import { ShippingRates } from './domain/shipping-rates';
import { TaxCalculator } from './domain/tax-calculator';

@Module({
  providers: [
    PricingTables,
    Pricing,
    { provide: ShippingRates, useClass: TableShippingRates },
    { provide: TaxCalculator, useClass: TableTaxCalculator },
  ],
  exports: [Pricing, ShippingRates, TaxCalculator],
})
export class PricingModule {}

@Module({ imports: [PricingModule], controllers: [ShippingMethodsController, TaxRatesController] })
export class PricingApiModule {}
