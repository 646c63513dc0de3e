import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { JwtModule } from '@nestjs/jwt';
import { declareAudience } from '@holdfast/platform';
import { AccessGuard, AccessTokenStrategy } from './api/access.guard';
import { ApiKeysController } from './api/api-keys.controller';
import { AuthController, JwksController, SessionsController } from './api/auth.controller';
import { CustomersController } from './api/customers.controller';
import { AccountObligations, AccountsService } from './application/accounts.service';
import { ApiKeys } from './application/api-keys.service';
import { Contacts, CustomerQueries, CustomerSearch } from './application/customer.queries';
import { LoginThrottle, Passwords } from './application/passwords';
import { IdentitySweep, SessionsService } from './application/sessions.service';
import { SigningKeys } from './application/signing-keys';
import { Tokens } from './application/tokens';
import { ApiKeyRepository, CustomerRepository, SessionRepository } from './domain/repositories';
import {
  OrmApiKeyRepository,
  OrmCustomerRepository,
  OrmSessionRepository,
} from './infrastructure/identity.repositories';
import { IdentitySettings } from './identity.settings';

declareAudience('identity.account-changed', 'internal');
declareAudience('identity.account-closed', 'internal');

const services = [
  AccountObligations,
  AccountsService,
  SessionsService,
  IdentitySweep,
  ApiKeys,
  CustomerQueries,
  CustomerSearch,
  Contacts,
  SigningKeys,
  Tokens,
];

@Module({
  imports: [JwtModule.register({})],
  providers: [
    IdentitySettings,
    ...services,
    Passwords,
    LoginThrottle,
    { provide: CustomerRepository, useClass: OrmCustomerRepository },
    { provide: ApiKeyRepository, useClass: OrmApiKeyRepository },
    { provide: SessionRepository, useClass: OrmSessionRepository },
  ],
  exports: services,
})
export class IdentityModule {}

@Module({
  imports: [IdentityModule],
  controllers: [AuthController, JwksController, ApiKeysController, SessionsController, CustomersController],
  providers: [AccessTokenStrategy, { provide: APP_GUARD, useClass: AccessGuard }],
})
export class IdentityApiModule {}
