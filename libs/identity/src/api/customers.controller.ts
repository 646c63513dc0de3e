import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Res } from '@nestjs/common';
import {
  AdminOnly,
  ApiAnswerHeaders,
  ApiGroup,
  ApiProblems,
  ClientAddress,
  etagOf,
  IdParam,
  Public,
  RateLimit,
  rateLimit,
} from '@holdfast/http';
import { InvalidCursor } from '@holdfast/platform';
import type { FastifyReply } from 'fastify';
import { AccountsService } from '../application/accounts.service';
import { CustomerQueries } from '../application/customer.queries';
import {
  AccountHasOpenOrders,
  CurrentPasswordWrong,
  CustomerNotFound,
  EmailTaken,
  LastAdmin,
  LogInsThrottled,
  UsernameTaken,
} from '../domain/identity.errors';
import { type CurrentCustomer, LoggedIn } from './access.guard';
import { LOGINS } from './auth.controller';
import {
  ChangeAccountDto,
  CustomerDto,
  CustomerFilterDto,
  CustomerListDto,
  DeleteAccountDto,
  GovernCustomerDto,
  RegisterCustomerDto,
} from './customer.dto';

/** A registration costs as much as a log-in: a password is hashed. */
const REGISTRATIONS = rateLimit('registrations', 'RATE_LIMIT_LOGINS_PER_MINUTE');

@ApiGroup('Identity', 'Register, log in, stay logged in.')
@Controller('v1/customers')
export class CustomersController {
  constructor(
    private readonly accounts: AccountsService,
    private readonly customers: CustomerQueries,
  ) {}

  /**
   * Register
   * @remarks Creates an account with the role `customer`. Log in afterwards with `POST /v1/auth/token`. Repeat it with
   * the same body after a timeout: within 60 seconds the answer is the same.
   */
  @Post()
  @Public()
  @RateLimit(REGISTRATIONS)
  @ApiAnswerHeaders('Location')
  @ApiProblems(new UsernameTaken(), new EmailTaken())
  async registerCustomer(
    @Body() body: RegisterCustomerDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CustomerDto> {
    const customer = await this.accounts.register(body);
    void reply.header('location', '/v1/customers/me');
    return customer;
  }

  /**
   * Get your account
   */
  @Get('me')
  @ApiAnswerHeaders('ETag')
  async getMe(
    @LoggedIn() { id }: CurrentCustomer,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CustomerDto> {
    const customer = await this.customers.get(id);
    void reply.header('etag', etagOf(customer.version));
    return customer;
  }

  /**
   * Change your username, e-mail address or password
   * @remarks Each change needs `currentPassword`, and counts as a log-in; the account's address is notified. A new
   * address is `pendingEmail` until it is verified with `POST /v1/customers/me/email-verifications`, and reserves
   * nothing until then. A new password ends every other session.
   */
  @Patch('me')
  @RateLimit(LOGINS)
  @ApiProblems(new UsernameTaken(), new EmailTaken(), new CurrentPasswordWrong(), new LogInsThrottled(4))
  updateMe(
    @LoggedIn() me: CurrentCustomer,
    @ClientAddress() address: string,
    @Body() body: ChangeAccountDto,
  ): Promise<CustomerDto> {
    return this.accounts.change({ ...me, address }, body);
  }

  /**
   * Close your account
   * @remarks Needs your password, and counts as a log-in. Your personal data is erased for good; your orders stay,
   * without their addresses, and unpaid ones are canceled. While one is paid and not shipped, the account stays open.
   */
  @Delete('me')
  @RateLimit(LOGINS)
  @HttpCode(204)
  @ApiProblems(new LastAdmin(), new AccountHasOpenOrders(), new CurrentPasswordWrong(), new LogInsThrottled(4))
  deleteMe(
    @LoggedIn() me: CurrentCustomer,
    @ClientAddress() address: string,
    @Body() { password }: DeleteAccountDto,
  ): Promise<void> {
    return this.accounts.leave({ ...me, address }, password);
  }

  /**
   * List customers
   * @remarks Newest first; closed accounts are left out.
   */
  @Get()
  @AdminOnly()
  @ApiProblems(new InvalidCursor())
  listCustomers(@Query() filter: CustomerFilterDto): Promise<CustomerListDto> {
    return this.customers.list(filter);
  }

  /**
   * Get a customer
   */
  @Get(':id')
  @AdminOnly()
  @ApiProblems(new CustomerNotFound())
  getCustomer(@Param('id', IdParam) id: string): Promise<CustomerDto> {
    return this.customers.get(id);
  }

  /**
   * Disable or enable a customer, or change the role
   * @remarks Takes effect on the customer's next request. Disabling ends every session. The last active admin cannot
   * step down.
   */
  @Patch(':id')
  @AdminOnly()
  @ApiProblems(new CustomerNotFound(), new LastAdmin(), new UsernameTaken())
  updateCustomer(
    @Param('id', IdParam) id: string,
    @Body() body: GovernCustomerDto,
    @LoggedIn() admin: CurrentCustomer,
    @ClientAddress() address: string,
  ): Promise<CustomerDto> {
    return this.accounts.govern(id, body, { ...admin, address });
  }

  /**
   * Close a customer's account
   * @remarks The personal data is erased for good; the orders stay.
   */
  @Delete(':id')
  @AdminOnly()
  @HttpCode(204)
  @ApiProblems(new CustomerNotFound(), new LastAdmin(), new AccountHasOpenOrders())
  deleteCustomer(
    @Param('id', IdParam) id: string,
    @LoggedIn() admin: CurrentCustomer,
    @ClientAddress() address: string,
  ): Promise<void> {
    return this.accounts.close(id, { ...admin, address });
  }
}
