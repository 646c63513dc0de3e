import { Body, Controller, Get, Header, HttpCode, Post } from '@nestjs/common';
import { ApiGroup, ApiProblems, BodyLimit, ClientAddress, Public, RateLimit, rateLimit } from '@holdfast/http';
import { SessionsService } from '../application/sessions.service';
import { SigningKeys } from '../application/signing-keys';
import { InvalidCredentials, LogInsThrottled, RefreshTokenInvalid } from '../domain/identity.errors';
import { JwkSetDto, LogInDto, RefreshTokenDto, TokenPairDto } from './credentials.dto';

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
   * @remarks A refresh token serves once. A token that is used again ends its session, and the customer must log in
   * again. So does a session that reaches SESSION_MAX.
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
