import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Res } from '@nestjs/common';
import {
  ApiAnswerHeaders,
  ApiGroup,
  AdminOnly,
  ApiProblems,
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
import { LogInsThrottled } from '../application/passwords';
import { RegistrationService } from '../application/registration.service';
import {
  CurrentPasswordWrong,
  CustomerNotFound,
  EmailTaken,
  LastAdmin,
  UsernameTaken,
} from '../domain/identity.errors';
import { type CurrentCustomer, LoggedIn } from './access.guard';
import {
  ChangeAccountDto,
  CustomerDto,
  CustomerFilterDto,
  CustomerListDto,
  GovernCustomerDto,
  RegisterCustomerDto,
} from './customer.dto';

/** As expensive as a log-in: a password is hashed. */
const REGISTRATIONS = rateLimit('registrations', 'RATE_LIMIT_LOGINS_PER_MINUTE');

@ApiGroup('Identity', 'Register, log in, stay logged in.')
@Controller('v1/customers')
export class CustomersController {
  constructor(
    private readonly registration: RegistrationService,
    private readonly accounts: AccountsService,
    private readonly customers: CustomerQueries,
  ) {}

  /** Register. Log in afterwards with `POST /v1/auth/token`. */
  @Post()
  @Public()
  @RateLimit(REGISTRATIONS)
  @ApiAnswerHeaders('Location')
  @ApiProblems(new UsernameTaken(), new EmailTaken())
  async registerCustomer(
    @Body() body: RegisterCustomerDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CustomerDto> {
    const customer = await this.registration.register(body);
    void reply.header('location', '/v1/customers/me');
    return customer;
  }

  /** Your account. */
  @Get('me')
  @ApiAnswerHeaders('ETag')
  async getMe(
    @LoggedIn() { id }: CurrentCustomer,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CustomerDto> {
    const customer = await this.customers.one(id);
    void reply.header('etag', etagOf(customer.version));
    return customer;
  }

  /** Change your username, e-mail address or password. */
  @Patch('me')
  @ApiProblems(new UsernameTaken(), new EmailTaken(), new CurrentPasswordWrong(), new LogInsThrottled(4))
  updateMe(@LoggedIn() { id, sessionId }: CurrentCustomer, @Body() body: ChangeAccountDto): Promise<CustomerDto> {
    return this.accounts.change(id, sessionId, body);
  }

  /** Close your account, for good: what tells who you are is erased, your orders stay. */
  @Delete('me')
  @HttpCode(204)
  @ApiProblems(new LastAdmin())
  deleteMe(@LoggedIn() { id }: CurrentCustomer): Promise<void> {
    return this.accounts.close(id);
  }

  /** All customers, newest first. */
  @Get()
  @AdminOnly()
  @ApiProblems(new InvalidCursor())
  listCustomers(@Query() filter: CustomerFilterDto): Promise<CustomerListDto> {
    return this.customers.list(filter);
  }

  /** One customer. */
  @Get(':id')
  @AdminOnly()
  @ApiProblems(new CustomerNotFound())
  getCustomer(@Param('id', IdParam) id: string): Promise<CustomerDto> {
    return this.customers.one(id);
  }

  /** Disable or enable a customer, or change the role. Takes effect on the customer's next request. */
  @Patch(':id')
  @AdminOnly()
  @ApiProblems(new CustomerNotFound(), new LastAdmin())
  updateCustomer(@Param('id', IdParam) id: string, @Body() body: GovernCustomerDto): Promise<CustomerDto> {
    return this.accounts.govern(id, body);
  }

  /** Close a customer's account, for good. */
  @Delete(':id')
  @AdminOnly()
  @HttpCode(204)
  @ApiProblems(new CustomerNotFound(), new LastAdmin())
  deleteCustomer(@Param('id', IdParam) id: string): Promise<void> {
    return this.accounts.close(id);
  }
}
