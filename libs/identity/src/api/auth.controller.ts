import { Body, Controller, Get, Header, HttpCode, Post } from '@nestjs/common';
import { ApiGroup, ApiProblems, BodyLimit, ClientAddress, Public, RateLimit, rateLimit } from '@holdfast/http';
import { problems } from '@holdfast/platform';
import { LogInsThrottled } from '../application/passwords';
import { InvalidCredentials, SessionsService } from '../application/sessions.service';
import { SigningKeys } from '../application/tokens';
import { JwkSetDto, LogInDto, RefreshTokenDto, TokenPairDto } from './auth.dto';

const LOGINS = rateLimit('logins', 'RATE_LIMIT_LOGINS_PER_MINUTE');

@ApiGroup('Identity')
@Controller('v1/auth')
@BodyLimit(8_192)
export class AuthController {
  constructor(private readonly sessions: SessionsService) {}

  /** Log in. After several failures each further try has to wait, for longer each time. */
  @Post('token')
  @Public()
  @RateLimit(LOGINS)
  @HttpCode(200)
  @ApiProblems(new InvalidCredentials(), new LogInsThrottled(4))
  logIn(@Body() body: LogInDto, @ClientAddress() address: string): Promise<TokenPairDto> {
    return this.sessions.logIn(body, address);
  }

  /** Stay logged in: a refresh token serves once, and one that is used again ends its session. */
  @Post('refresh')
  @Public()
  @HttpCode(200)
  @ApiProblems(problems.unauthorized())
  refreshSession(@Body() { refreshToken }: RefreshTokenDto): Promise<TokenPairDto> {
    return this.sessions.refresh(refreshToken);
  }

  /** Log out: ends the session of the refresh token. 204 for an unknown or expired one too (RFC 7009). */
  @Post('revoke')
  @Public()
  @HttpCode(204)
  logOut(@Body() { refreshToken }: RefreshTokenDto): Promise<void> {
    return this.sessions.revoke(refreshToken);
  }
}

@ApiGroup('Identity')
@Controller('.well-known')
export class JwksController {
  constructor(private readonly keys: SigningKeys) {}

  /** The public keys that access tokens are checked with, by their `kid` (RFC 7517). */
  @Get('jwks.json')
  @Public()
  @Header('cache-control', 'public, max-age=300')
  getJwks(): JwkSetDto {
    return this.keys.jwks;
  }
}
