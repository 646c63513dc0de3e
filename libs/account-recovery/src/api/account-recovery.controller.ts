import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { AdminOnly, ApiGroup, ApiProblems, BodyLimit, ClientAddress, IdParam, Public } from '@holdfast/http';
import { type CurrentCustomer, CustomerNotFound, EmailTaken, LoggedIn } from '@holdfast/identity';
import { AccountRecovery } from '../application/account-recovery.service';
import { ResetTokenInvalid, VerificationTokenInvalid } from '../domain/recovery.errors';
import { ConfirmPasswordResetDto, OneTimeTokenDto, RequestPasswordResetDto } from './account-recovery.dto';

@ApiGroup('Identity')
@Controller('v1/auth')
@BodyLimit(8_192)
export class AccountRecoveryController {
  constructor(private readonly recovery: AccountRecovery) {}

  /**
   * Ask for a mail to reset a password
   * @remarks The answer is the same, after the same work, whether an account has the address or not. The token in the
   * mail serves once, for 30 minutes; a newer mail ends the older. At most 5 mails an hour go to an account, and 20 are
   * asked for from a client address; further requests are answered alike, and do nothing.
   */
  @Post('password-resets')
  @Public()
  @HttpCode(202)
  requestPasswordReset(@Body() { email }: RequestPasswordResetDto, @ClientAddress() address: string): Promise<void> {
    return this.recovery.requestReset(email, address);
  }

  /**
   * Reset a password
   * @remarks Takes the token of the mail, and ends every session of the account. Log in with the new password
   * afterwards. A password that is refused leaves the token as it is.
   */
  @Post('password-resets/confirm')
  @Public()
  @HttpCode(204)
  @ApiProblems(new ResetTokenInvalid())
  confirmPasswordReset(
    @Body() { token, password }: ConfirmPasswordResetDto,
    @ClientAddress() address: string,
  ): Promise<void> {
    return this.recovery.confirmReset(token, password, address);
  }

  /**
   * Verify an e-mail address
   * @remarks Takes the token of the mail. A pending address replaces the old one now, unless another customer has it by
   * now.
   */
  @Post('email-verifications')
  @Public()
  @HttpCode(204)
  @ApiProblems(new VerificationTokenInvalid(), new EmailTaken())
  verifyEmail(@Body() { token }: OneTimeTokenDto, @ClientAddress() address: string): Promise<void> {
    return this.recovery.confirmEmail(token, address);
  }
}

@ApiGroup('Identity')
@Controller('v1/customers')
export class CustomerRecoveryController {
  constructor(private readonly recovery: AccountRecovery) {}

  /**
   * Ask for a mail to verify your address
   * @remarks It goes to `pendingEmail`, or else to `email` while that is not verified; otherwise nothing is sent. The
   * token in it serves once, for 24 hours; a newer mail ends the older. At most 5 mails are sent an hour.
   */
  @Post('me/email-verifications')
  @HttpCode(202)
  requestEmailVerification(@LoggedIn() { id }: CurrentCustomer, @ClientAddress() address: string): Promise<void> {
    return this.recovery.requestVerification(id, address);
  }

  /**
   * Mail a customer a password reset
   * @remarks The token goes to the customer alone. The limit of 5 mails an hour for an account holds here too.
   */
  @Post(':id/password-reset')
  @AdminOnly()
  @HttpCode(202)
  @ApiProblems(new CustomerNotFound())
  requestCustomerPasswordReset(
    @Param('id', IdParam) id: string,
    @LoggedIn() admin: CurrentCustomer,
    @ClientAddress() address: string,
  ): Promise<void> {
    return this.recovery.requestResetFor(id, { ...admin, address });
  }
}
