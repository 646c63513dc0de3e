import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put } from '@nestjs/common';
import { ApiGroup, ApiProblems, IdParam } from '@holdfast/http';
import { type CurrentCustomer, LoggedIn } from '@holdfast/identity';
import { AddressBooks } from '../application/address-book.service';
import { MOST_ADDRESSES } from '../domain/address-book';
import { AddressBookFull, AddressNotFound } from '../domain/address-book.errors';
import { BookedAddressDto, SaveAddressDto } from './address-book.dto';

@ApiGroup('Address book', 'Where orders go. An order keeps a copy, which does not change with the book.')
@Controller('v1/customers/me/addresses')
export class AddressBookController {
  constructor(private readonly books: AddressBooks) {}

  /** List your addresses */
  @Get()
  listAddresses(@LoggedIn() { id }: CurrentCustomer): Promise<BookedAddressDto[]> {
    return this.books.list(id);
  }

  /**
   * Add an address
   * @remarks The first address is the default. A book has at most 50 addresses.
   */
  @Post()
  @ApiProblems(new AddressBookFull(MOST_ADDRESSES))
  addAddress(@LoggedIn() { id }: CurrentCustomer, @Body() body: SaveAddressDto): Promise<BookedAddressDto> {
    return this.books.add(id, body);
  }

  /**
   * Replace an address
   * @remarks What is left out is removed; only the default stays where it is unless `isDefault` is true.
   */
  @Put(':id')
  @ApiProblems(new AddressNotFound())
  replaceAddress(
    @Param('id', IdParam) id: string,
    @LoggedIn() customer: CurrentCustomer,
    @Body() body: SaveAddressDto,
  ): Promise<BookedAddressDto> {
    return this.books.replace(customer.id, id, body);
  }

  /**
   * Remove an address
   * @remarks Without the default, the oldest of the other addresses becomes the default.
   */
  @Delete(':id')
  @HttpCode(204)
  @ApiProblems(new AddressNotFound())
  removeAddress(@Param('id', IdParam) id: string, @LoggedIn() customer: CurrentCustomer): Promise<void> {
    return this.books.remove(customer.id, id);
  }
}
