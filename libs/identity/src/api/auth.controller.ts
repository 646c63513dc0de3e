import { Body, Controller, Delete, Get, Header, HttpCode, Param, Post } from '@nestjs/common';
import {
  AdminOnly,
  ApiGroup,
  ApiProblems,
  BodyLimit,
  ClientAddress,
  IdParam,
  Public,
  RateLimit,
  rateLimit,
} from '@holdfast/http';
import { SessionsService } from '../application/sessions.service';
import { SigningKeys } from '../application/signing-keys';
import {
  CustomerNotFound,
  InvalidCredentials,
  LogInsThrottled,
  RefreshTokenInvalid,
  SessionNotFound,
} from '../domain/identity.errors';
import { type CurrentCustomer, LoggedIn } from './access.guard';
import { JwkSetDto, LogInDto, RefreshTokenDto, SessionDto, TokenPairDto } from './credentials.dto';

/** Routes that check a password share this limit. */
export const LOGINS = rateLimit('logins', 'RATE_LIMIT_LOGINS_PER_MINUTE');

@ApiGroup('Identity')
@Controller('v1/auth')
@BodyLimit(8_192)
export class AuthController {
  constructor(private readonly sessions: SessionsService) {}

  /**
   * Log in
   * @remarks Takes the username or the e-mail address, and gives an access token and a refresh token. After several
   * failures the account has to wait before each further try, for longer each time.
   */
  @Post('token')
  @Public()
  @RateLimit(LOGINS)
  @HttpCode(200)
  @ApiProblems(new InvalidCredentials(), new LogInsThrottled(4))
  logIn(@Body() body: LogInDto, @ClientAddress() address: string): Promise<TokenPairDto> {
    return this.sessions.logIn(body, address);
  }

  /**
   * Exchange a refresh token for new tokens
   * @remarks Each refresh token is replaced by the one in the answer. Repeat the request after a timeout: for
   * REFRESH_GRACE (60 s) the token that was just replaced gives the same refresh token again, until that one is used.
   * Afterwards a replaced token ends its session, and the customer must log in again. So does a session that reaches
   * SESSION_MAX.
   */
  @Post('refresh')
  @Public()
  @HttpCode(200)
  @ApiProblems(new RefreshTokenInvalid())
  refreshSession(@Body() { refreshToken }: RefreshTokenDto, @ClientAddress() address: string): Promise<TokenPairDto> {
    return this.sessions.refresh(refreshToken, address);
  }

  /**
   * Log out
   * @remarks Ends the session of the refresh token. An unknown or expired token is answered with 204 too (RFC 7009).
   */
  @Post('revoke')
  @Public()
  @HttpCode(204)
  logOut(@Body() { refreshToken }: RefreshTokenDto, @ClientAddress() address: string): Promise<void> {
    return this.sessions.revoke(refreshToken, address);
  }
}

@ApiGroup('Identity')
@Controller('v1/customers')
export class SessionsController {
  constructor(private readonly sessions: SessionsService) {}

  /**
   * List your sessions
   * @remarks One for each log-in that can still be refreshed, the newest first. `device` is the name given at the
   * log-in.
   */
  @Get('me/sessions')
  listSessions(@LoggedIn() { id, sessionId }: CurrentCustomer): Promise<SessionDto[]> {
    return this.sessions.list(id, sessionId);
  }

  /**
   * Log out everywhere else
   * @remarks Ends all your sessions but the one of this request; their access tokens stop at once.
   */
  @Delete('me/sessions')
  @HttpCode(204)
  endOtherSessions(@LoggedIn() me: CurrentCustomer, @ClientAddress() address: string): Promise<void> {
    return this.sessions.endAll(me.id, { ...me, address });
  }

  /**
   * End a session
   * @remarks Logs that device out; its access token stops at once.
   */
  @Delete('me/sessions/:id')
  @HttpCode(204)
  @ApiProblems(new SessionNotFound())
  endSession(
    @Param('id', IdParam) id: string,
    @LoggedIn() me: CurrentCustomer,
    @ClientAddress() address: string,
  ): Promise<void> {
    return this.sessions.endOne({ ...me, address }, id);
  }

  /**
   * List a customer's sessions
   */
  @Get(':id/sessions')
  @AdminOnly()
  @ApiProblems(new CustomerNotFound())
  listCustomerSessions(
    @Param('id', IdParam) id: string,
    @LoggedIn() { sessionId }: CurrentCustomer,
  ): Promise<SessionDto[]> {
    return this.sessions.listOf(id, sessionId);
  }

  /**
   * Log a customer out everywhere
   * @remarks Ends all sessions of the customer; their access tokens stop at once.
   */
  @Delete(':id/sessions')
  @AdminOnly()
  @HttpCode(204)
  @ApiProblems(new CustomerNotFound())
  endCustomerSessions(
    @Param('id', IdParam) id: string,
    @LoggedIn() admin: CurrentCustomer,
    @ClientAddress() address: string,
  ): Promise<void> {
    return this.sessions.endAll(id, { ...admin, address });
  }
}

@ApiGroup('Identity')
@Controller('.well-known')
export class JwksController {
  constructor(private readonly keys: SigningKeys) {}

  /**
   * Get the public keys
   * @remarks Checks access tokens outside of this service: a token names its key by `kid` (RFC 7517).
   */
  @Get('jwks.json')
  @Public()
  @Header('cache-control', 'public, max-age=300')
  getJwks(): JwkSetDto {
    return this.keys.jwks;
  }
}
