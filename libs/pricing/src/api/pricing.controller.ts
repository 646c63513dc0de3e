import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Put } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import { AdminOnly, ApiGroup, ApiProblems, Public } from '@holdfast/http';
import { Pricing } from '../application/pricing.service';
import {
  FreeFromCurrencyMixed,
  ShippingMethodNotFound,
  ShippingMethodTaken,
  TaxRateNotFound,
} from '../domain/pricing.errors';
import {
  ChangeShippingMethodDto,
  CodeParam,
  CountryParam,
  CreateShippingMethodDto,
  SetTaxRateDto,
  ShippingMethodDto,
  TaxRateDto,
} from './pricing.dto';

@ApiGroup('Shipping and tax', 'What is charged beside the prices. Without methods and rates, nothing is.')
@Controller('v1/shipping-methods')
export class ShippingMethodsController {
  constructor(private readonly pricing: Pricing) {}

  /**
   * List shipping methods
   * @remarks As soon as there is one, each order names an address and a method for its country.
   */
  @Get()
  @Public()
  listShippingMethods(): Promise<ShippingMethodDto[]> {
    return this.pricing.methods();
  }

  /** Add a shipping method */
  @Post()
  @AdminOnly()
  @ApiProblems(new ShippingMethodTaken(), new FreeFromCurrencyMixed())
  addShippingMethod(@Body() body: CreateShippingMethodDto): Promise<ShippingMethodDto> {
    return this.pricing.addMethod(body);
  }

  /**
   * Change a shipping method
   * @remarks Orders keep what they were charged.
   */
  @Patch(':code')
  @ApiParam({ name: 'code', example: 'express' })
  @AdminOnly()
  @ApiProblems(new ShippingMethodNotFound(), new FreeFromCurrencyMixed())
  updateShippingMethod(
    @Param('code', CodeParam) code: string,
    @Body() body: ChangeShippingMethodDto,
  ): Promise<ShippingMethodDto> {
    return this.pricing.changeMethod(code, body);
  }

  /**
   * Remove a shipping method
   * @remarks Orders keep what they were charged.
   */
  @Delete(':code')
  @ApiParam({ name: 'code', example: 'express' })
  @AdminOnly()
  @HttpCode(204)
  @ApiProblems(new ShippingMethodNotFound())
  deleteShippingMethod(@Param('code', CodeParam) code: string): Promise<void> {
    return this.pricing.removeMethod(code);
  }
}

@ApiGroup('Shipping and tax')
@Controller('v1/tax-rates')
export class TaxRatesController {
  constructor(private readonly pricing: Pricing) {}

  /** Get the tax rate of a country */
  @Get(':country')
  @ApiParam({ name: 'country', example: 'GB' })
  @AdminOnly()
  @ApiProblems(new TaxRateNotFound())
  getTaxRate(@Param('country', CountryParam) country: string): Promise<TaxRateDto> {
    return this.pricing.taxRate(country);
  }

  /**
   * Set the tax rate of a country
   * @remarks It applies to orders that are sent there from now on. Tax is rounded half up line by line, and shipping is
   * taxed as one more line.
   */
  @Put(':country')
  @ApiParam({ name: 'country', example: 'GB' })
  @AdminOnly()
  setTaxRate(@Param('country', CountryParam) country: string, @Body() body: SetTaxRateDto): Promise<TaxRateDto> {
    return this.pricing.setTaxRate(country, body);
  }

  /** Remove the tax rate of a country */
  @Delete(':country')
  @ApiParam({ name: 'country', example: 'GB' })
  @AdminOnly()
  @HttpCode(204)
  @ApiProblems(new TaxRateNotFound())
  deleteTaxRate(@Param('country', CountryParam) country: string): Promise<void> {
    return this.pricing.removeTaxRate(country);
  }
}
