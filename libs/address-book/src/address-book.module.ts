import { Module } from '@nestjs/common';
import { IdentityModule } from '@holdfast/identity';
import { AddressBookController } from './api/address-book.controller';
import { AddressBookEventHandlers } from './application/address-book.event-handlers';
import { AddressBooks } from './application/address-book.service';
import { AddressBookRepository } from './domain/address-book.repository';
import { OrmAddressBookRepository } from './infrastructure/orm-address-book.repository';

@Module({
  providers: [
    AddressBooks,
    AddressBookEventHandlers,
    { provide: AddressBookRepository, useClass: OrmAddressBookRepository },
  ],
  exports: [AddressBooks],
})
export class AddressBookModule {}

@Module({ imports: [AddressBookModule, IdentityModule], controllers: [AddressBookController] })
export class AddressBookApiModule {}
