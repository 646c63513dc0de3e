import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { JwtModule } from '@nestjs/jwt';
import { AccessGuard, AccessTokenStrategy } from './api/access.guard';
import { ApiKeysController } from './api/api-keys.controller';
import { AuthController, JwksController } from './api/auth.controller';
import { CustomersController } from './api/customers.controller';
import { AccountsService } from './application/accounts.service';
import { ApiKeyQueries } from './application/api-key.queries';
import { ApiKeys } from './application/api-keys.service';
import { Contacts, CustomerQueries, CustomerSearch } from './application/customer.queries';
import { LoginThrottle, Passwords } from './application/passwords';
import { RegistrationService } from './application/registration.service';
import { SessionSweep } from './application/session-sweep.service';
import { SessionsService } from './application/sessions.service';
import { SigningKeys, Tokens } from './application/tokens';
import { ApiKeyRepository } from './domain/api-key.repository';
import { CustomerRepository } from './domain/customer.repository';
import { SessionRepository } from './domain/session.repository';
import { OrmApiKeyRepository } from './infrastructure/orm-api-key.repository';
import { OrmCustomerRepository } from './infrastructure/orm-customer.repository';
import { OrmSessionRepository } from './infrastructure/orm-session.repository';
import { IdentitySettings } from './identity.settings';

const services = [
  RegistrationService,
  AccountsService,
  SessionsService,
  SessionSweep,
  ApiKeys,
  ApiKeyQueries,
  CustomerQueries,
  CustomerSearch,
  Contacts,
  SigningKeys,
];

@Module({
  imports: [JwtModule.register({})],
  providers: [
    IdentitySettings,
    ...services,
    Passwords,
    LoginThrottle,
    Tokens,
    { provide: CustomerRepository, useClass: OrmCustomerRepository },
    { provide: ApiKeyRepository, useClass: OrmApiKeyRepository },
    { provide: SessionRepository, useClass: OrmSessionRepository },
  ],
  exports: services,
})
export class IdentityModule {}

@Module({
  imports: [IdentityModule],
  controllers: [AuthController, JwksController, ApiKeysController, CustomersController],
  providers: [AccessTokenStrategy, { provide: APP_GUARD, useClass: AccessGuard }],
})
export class IdentityApiModule {}
