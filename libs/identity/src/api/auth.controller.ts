import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems, problems, Public } from '@holdfast/platform';
import { InvalidCredentials, SessionsService } from '../application/sessions.service';
import { LogInDto, RefreshTokenDto, TokenPairDto } from './auth.dto';

@ApiTags('Identity')
@Controller('v1/auth')
export class AuthController {
  constructor(private readonly sessions: SessionsService) {}

  /** Log in. */
  @Post('token')
  @Public()
  @HttpCode(200)
  @ApiProblems(new InvalidCredentials())
  token(@Body() body: LogInDto): Promise<TokenPairDto> {
    return this.sessions.logIn(body);
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
