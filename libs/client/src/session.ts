import { isProblem } from './problem';

export interface Tokens {
  accessToken: string;
  refreshToken: string;
}

/** Where an app keeps its tokens, such as the keychain of a phone. */
export interface TokenStorage {
  load(): Promise<Tokens | undefined>;
  /** undefined: forget them. */
  save(tokens: Tokens | undefined): Promise<void>;
}

/** Keeps tokens as long as the app runs. */
export function inMemory(): TokenStorage {
  let kept: Tokens | undefined;
  return {
    load: async () => kept,
    save: async (tokens) => {
      kept = tokens;
    },
  };
}

/** The customer's tokens, refreshed by one request at a time. */
export class Session {
  private refreshing?: Promise<string | undefined>;

  constructor(
    private readonly storage: TokenStorage,
    private readonly refresh: (refreshToken: string) => Promise<Tokens>,
    private readonly onEnd: () => void,
  ) {}

  async accessToken(): Promise<string | undefined> {
    return (await this.storage.load())?.accessToken;
  }

  async refreshToken(): Promise<string | undefined> {
    return (await this.storage.load())?.refreshToken;
  }

  async start({ accessToken, refreshToken }: Tokens): Promise<void> {
    await this.storage.save({ accessToken, refreshToken });
  }

  async forget(): Promise<void> {
    await this.storage.save(undefined);
  }

  /** The token that replaces a refused one; undefined when there is none, or the session has ended. */
  async renewed(refused: string): Promise<string | undefined> {
    return (this.refreshing ??= this.replace(refused).finally(() => (this.refreshing = undefined)));
  }

  private async replace(refused: string): Promise<string | undefined> {
    const tokens = await this.storage.load();
    // Another request, or another tab with the same storage, was faster.
    if (tokens?.accessToken !== refused) return tokens?.accessToken;
    try {
      const successors = await this.refresh(tokens.refreshToken);
      await this.start(successors);
      return successors.accessToken;
    } catch (error) {
      if (!isProblem(error) || error.status !== 401) throw error;
      await this.forget();
      this.onEnd();
      return undefined;
    }
  }
}
