import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { SigningKeys } from '../application/signing-keys';
import { ACCESS_TOKEN, type AccessClaims, Tokens } from '../application/tokens';

export const ACCESS_TOKEN_STRATEGY = 'access-token';

/** Checks the signature, issuer, audience and end of our own access tokens. The result is the claims. */
@Injectable()
export class AccessTokenStrategy extends PassportStrategy(Strategy, ACCESS_TOKEN_STRATEGY) {
  constructor(
    keys: SigningKeys,
    private readonly tokens: Tokens,
  ) {
    const { typ, ...expected } = ACCESS_TOKEN;
    super({
      ...expected,
      // The library would ask the clock of this process, which another process may not share; validate asks ours.
      ignoreExpiration: true,
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      secretOrKeyProvider: (_request, token: string, done) => done(null, keys.publicKeyFor(token, typ)),
    });
  }

  validate(claims: AccessClaims): AccessClaims | false {
    return this.tokens.isCurrent(claims) && claims;
  }
}
