import { AddressDto, Optional } from '@holdfast/http';
import { ApiProperty } from '@nestjs/swagger';
import { IsBoolean } from 'class-validator';
import type { AddressView, SaveAddress } from '../application/address-book.service';

export class SaveAddressDto extends AddressDto implements SaveAddress {
  /** Makes it the default in place of the present one. The first address is the default anyway. */
  @Optional()
  @IsBoolean()
  isDefault?: boolean;
}

export class BookedAddressDto extends AddressDto implements AddressView {
  @ApiProperty({ format: 'uuid' })
  id!: string;
  /** True for exactly one address of the book. */
  isDefault!: boolean;
}
