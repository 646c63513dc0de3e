import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems, ClientAddress, problems, Public, RateLimit } from '@holdfast/platform';
import { LogInsThrottled } from '../application/passwords';
import { InvalidCredentials, SessionsService } from '../application/sessions.service';
import { LogInDto, RefreshTokenDto, TokenPairDto } from './auth.dto';

@ApiTags('Identity')
@Controller('v1/auth')
export class AuthController {
  constructor(private readonly sessions: SessionsService) {}

  /** Log in. After several failures each further try has to wait, for longer each time. */
  @Post('token')
  @Public()
  @RateLimit('logins')
  @HttpCode(200)
  @ApiProblems(new InvalidCredentials(), new LogInsThrottled(4))
  token(@Body() body: LogInDto, @ClientAddress() address: string): Promise<TokenPairDto> {
    return this.sessions.logIn(body, address);
  }

  /** Stay logged in: a refresh token serves once, and one that is used again ends its session. */
  @Post('refresh')
  @Public()
  @HttpCode(200)
  @ApiProblems(problems.unauthorized())
  refresh(@Body() { refreshToken }: RefreshTokenDto): Promise<TokenPairDto> {
    return this.sessions.refresh(refreshToken);
  }

  /** Log out: ends the session of the refresh token. 204 for an unknown or expired one too (RFC 7009). */
  @Post('revoke')
  @Public()
  @HttpCode(204)
  revoke(@Body() { refreshToken }: RefreshTokenDto): Promise<void> {
    return this.sessions.revoke(refreshToken);
  }
}
