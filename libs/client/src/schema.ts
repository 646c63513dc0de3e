// Generated from the OpenAPI document by `npm run docs:client`.
export interface components {
  schemas: {
    Health: {
      /**
       * @example ok
       * @enum {string}
       */
      status: 'ok';
      /**
       * @example {
       *       "database": "ok",
       *       "migrations": "ok"
       *     }
       */
      checks?: {
        [key: string]: string;
      };
    };
    OutboxEvent: {
      /** Format: uuid */
      id: string;
      /** Format: uuid */
      aggregateId: string;
      payload: {
        [key: string]: unknown;
      };
      /**
       * Format: uuid
       * @description The request that caused the event.
       */
      requestId: string | null;
      /** Format: date-time */
      occurredAt: string;
      /** @enum {string} */
      status: 'pending' | 'sent' | 'dead' | 'discarded';
      /** @example 1 */
      attempts: number;
      /**
       * Format: date-time
       * @description Null unless the event is pending.
       */
      nextAttemptAt: string | null;
      /** Format: date-time */
      sentAt: string | null;
      /** @description The error of the last attempt. */
      lastError: string | null;
      /** @example context.something-happened */
      type: string;
    };
    OutboxEventList: {
      /** @description The `cursor` of the next page; null on the last. */
      nextCursor: string | null;
      items: components['schemas']['OutboxEvent'][];
    };
    AuditEntry: {
      /** Format: uuid */
      id: string;
      /** @enum {string} */
      actorKind: 'admin' | 'api-key';
      /**
       * Format: uuid
       * @description The admin's id, or the key's.
       */
      actorId: string;
      /**
       * @description Null where only the path named the object, as with a removed one.
       * @example Product
       */
      objectType: string | null;
      /** Format: uuid */
      objectId: string | null;
      /** Format: uuid */
      requestId: string;
      /** Format: date-time */
      at: string;
      /**
       * @description The operationId of the route.
       * @example updateProduct
       */
      operation: string;
      /**
       * @description The names of the changed fields; of a new object, all fields.
       * @example [
       *       "name",
       *       "price"
       *     ]
       */
      fields: string[];
    };
    AuditEntryList: {
      /** @description The `cursor` of the next page; null on the last. */
      nextCursor: string | null;
      items: components['schemas']['AuditEntry'][];
    };
    LogIn: {
      /**
       * @description A name of the device, shown in the list of sessions.
       * @example "Ann"s phone"
       */
      device?: string;
      /**
       * @description The username or the e-mail address, in any casing.
       * @example ann
       */
      username: string;
      /** @example correct horse battery */
      password: string;
    };
    TokenPair: {
      /**
       * @description Lifetime of the access token in seconds.
       * @example 1200
       */
      expiresIn: number;
      /** @description A JWT: send it as `Authorization: Bearer …`. */
      accessToken: string;
      /** @description Exchanges for a new pair, and is replaced by the one in it. Store it safely, and only the newest. */
      refreshToken: string;
      /**
       * @example Bearer
       * @enum {string}
       */
      tokenType: 'Bearer';
    };
    RefreshToken: {
      /** @description The refresh token of the last log-in or refresh. After a timeout, send the same one again. */
      refreshToken: string;
    };
    Jwk: {
      /**
       * @example EC
       * @enum {string}
       */
      kty: 'EC';
      /**
       * @example P-256
       * @enum {string}
       */
      crv: 'P-256';
      /** @example f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU */
      x: string;
      /** @example x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0 */
      y: string;
      /**
       * @description The `kid` of the tokens that the key checks: its RFC 7638 thumbprint.
       * @example oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U
       */
      kid: string;
      /**
       * @example sig
       * @enum {string}
       */
      use: 'sig';
      /**
       * @example ES256
       * @enum {string}
       */
      alg: 'ES256';
    };
    JwkSet: {
      /** @description The key that signs new tokens comes first. */
      keys: components['schemas']['Jwk'][];
    };
    IssueApiKey: {
      /** @example Warehouse scanner */
      name: string;
      /**
       * @description Names the routes that the key opens.
       * @example [
       *       "stock:write"
       *     ]
       */
      scopes: ('catalogue:write' | 'stock:write' | 'orders:read' | 'fulfilment:write' | 'webhooks:manage')[];
      /**
       * Format: date-time
       * @description The key is refused from then on; without it, the key does not expire.
       * @example 2036-01-01T00:00:00Z
       */
      expiresAt?: string;
    };
    IssuedApiKey: {
      /**
       * Format: uuid
       * @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44
       */
      id: string;
      /**
       * @example [
       *       "stock:write"
       *     ]
       */
      scopes: ('catalogue:write' | 'stock:write' | 'orders:read' | 'fulfilment:write' | 'webhooks:manage')[];
      /**
       * Format: uuid
       * @description The admin who created the key. The key outlives the admin's account: revoke it when it should not.
       */
      createdBy: string;
      /** Format: date-time */
      createdAt: string;
      /** Format: date-time */
      expiresAt: string | null;
      /** Format: date-time */
      revokedAt: string | null;
      /**
       * Format: date-time
       * @description Rounded down to about a minute.
       */
      lastUsedAt: string | null;
      /**
       * @description Send it as `Authorization: Bearer hf_…`. It is shown in this answer only.
       * @example hf_01930a2e7c4f7d319a523c5b7e0f1a44_Zm9yIGV4YW1wbGUgb25seSwgbm90IGEgcmVhbCBrZXk
       */
      key: string;
      /**
       * @description The beginning of the key.
       * @example hf_01930a2e7c4f7d319a523c5b7e0f1a44
       */
      prefix: string;
      /** @example Warehouse scanner */
      name: string;
    };
    ApiKey: {
      /**
       * Format: uuid
       * @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44
       */
      id: string;
      /**
       * @example [
       *       "stock:write"
       *     ]
       */
      scopes: ('catalogue:write' | 'stock:write' | 'orders:read' | 'fulfilment:write' | 'webhooks:manage')[];
      /**
       * Format: uuid
       * @description The admin who created the key. The key outlives the admin's account: revoke it when it should not.
       */
      createdBy: string;
      /** Format: date-time */
      createdAt: string;
      /** Format: date-time */
      expiresAt: string | null;
      /** Format: date-time */
      revokedAt: string | null;
      /**
       * Format: date-time
       * @description Rounded down to about a minute.
       */
      lastUsedAt: string | null;
      /**
       * @description The beginning of the key.
       * @example hf_01930a2e7c4f7d319a523c5b7e0f1a44
       */
      prefix: string;
      /** @example Warehouse scanner */
      name: string;
    };
    ApiKeyList: {
      /** @description Pass it as `cursor` to get the next page; null on the last page. */
      nextCursor: string | null;
      items: components['schemas']['ApiKey'][];
    };
    Session: {
      /** Format: uuid */
      id: string;
      /**
       * @description The name given at the log-in.
       * @example "Ann"s phone"
       */
      device: string | null;
      /** Format: date-time */
      createdAt: string;
      /**
       * Format: date-time
       * @description The last log-in or refresh.
       */
      lastUsedAt: string;
      /** @description True for the session that the request comes from. */
      current: boolean;
    };
    RegisterCustomer: {
      /**
       * Format: email
       * @example ann@example.com
       */
      email: string;
      /**
       * @description Unique in any casing; letters, digits and `. _ + -`.
       * @example ann
       */
      username: string;
      /**
       * @description Not digits only, not a common password, not nearly the username or e-mail address.
       * @example correct horse battery
       */
      password: string;
      /**
       * @description Must equal the password when given.
       * @example correct horse battery
       */
      passwordConfirmation?: string;
    };
    Customer: {
      /**
       * Format: uuid
       * @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44
       */
      id: string;
      /**
       * Format: email
       * @description The address that replaces `email` once it is verified.
       */
      pendingEmail: string | null;
      /** @enum {string} */
      role: 'customer' | 'admin';
      /** Format: date-time */
      createdAt: string;
      /** Format: date-time */
      updatedAt: string;
      /**
       * @description Rises with each change; the ETag is this number in quotes.
       * @example 1
       */
      version: number;
      /** @example ann */
      username: string;
      /** @example ann@example.com */
      email: string;
      /** @description Whether a mail to `email` was answered. Until then it gets only confirmations and password resets. */
      emailVerified: boolean;
      active: boolean;
    };
    ChangeAccount: {
      /**
       * Format: email
       * @description Pending until it is verified. The present address ends a pending change.
       * @example ann@example.com
       */
      email?: string;
      /** @example ann */
      username?: string;
      /**
       * @description Ends every other session.
       * @example tr0ub4dor and three
       */
      password?: string;
      /**
       * @description Needed to change anything.
       * @example correct horse battery
       */
      currentPassword?: string;
    };
    DeleteAccount: {
      /**
       * @description Your current password.
       * @example correct horse battery
       */
      password: string;
    };
    CustomerList: {
      /** @description Pass it as `cursor` to get the next page; null on the last page. */
      nextCursor: string | null;
      items: components['schemas']['Customer'][];
    };
    GovernCustomer: {
      /** @enum {string} */
      role?: 'customer' | 'admin';
      /** @description False ends every session of the customer at once. */
      active?: boolean;
    };
    RequestPasswordReset: {
      /**
       * Format: email
       * @description The address of the account, in any casing.
       * @example ann@example.com
       */
      email: string;
    };
    ConfirmPasswordReset: {
      /**
       * @description The new password. Not digits only, not a common one, not nearly the username.
       * @example tr0ub4dor and three
       */
      password: string;
      /**
       * @description The token from the mail.
       * @example 01930a2e7c4f7d319a523c5b7e0f1a44Zm9yIGV4YW1wbGUgb25seSwgbm90IGEgcmVhbCB0b2
       */
      token: string;
    };
    OneTimeToken: {
      /**
       * @description The token from the mail.
       * @example 01930a2e7c4f7d319a523c5b7e0f1a44Zm9yIGV4YW1wbGUgb25seSwgbm90IGEgcmVhbCB0b2
       */
      token: string;
    };
    BookedAddress: {
      /**
       * @description Name of the person or company that receives.
       * @example Ann Lee
       */
      name: string;
      /**
       * @description Street and number.
       * @example 12 Mill Lane
       */
      line1: string;
      /** @example Flat 3 */
      line2?: string;
      /** @example Leeds */
      city: string;
      /**
       * @description State, county or province.
       * @example West Yorkshire
       */
      region?: string;
      /** @example LS1 4AP */
      postalCode: string;
      /**
       * @description ISO 3166-1 alpha-2.
       * @example GB
       */
      country: string;
      /** Format: uuid */
      id: string;
      /** @description True for exactly one address of the book. */
      isDefault: boolean;
      /**
       * @description Digits, spaces and `+ ( ) . / -`.
       * @example +44 113 496 0000
       */
      phone?: string;
    };
    SaveAddress: {
      /**
       * @description Name of the person or company that receives.
       * @example Ann Lee
       */
      name: string;
      /**
       * @description Street and number.
       * @example 12 Mill Lane
       */
      line1: string;
      /** @example Flat 3 */
      line2?: string;
      /** @example Leeds */
      city: string;
      /**
       * @description State, county or province.
       * @example West Yorkshire
       */
      region?: string;
      /** @example LS1 4AP */
      postalCode: string;
      /**
       * @description ISO 3166-1 alpha-2.
       * @example GB
       */
      country: string;
      /** @description Makes it the default in place of the present one. The first address is the default anyway. */
      isDefault?: boolean;
      /**
       * @description Digits, spaces and `+ ( ) . / -`.
       * @example +44 113 496 0000
       */
      phone?: string;
    };
    Category: {
      /**
       * Format: uuid
       * @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44
       */
      id: string;
      /**
       * Format: uuid
       * @description Null for a category at the top.
       */
      parentId: string | null;
      /** Format: date-time */
      createdAt: string;
      /** Format: date-time */
      updatedAt: string;
      /** @example Decoration */
      name: string;
    };
    CategoryList: {
      /** @description The `cursor` of the next page; null on the last page. */
      nextCursor: string | null;
      items: components['schemas']['Category'][];
    };
    CreateCategory: {
      /**
       * @description Unique in any case among the categories of one parent.
       * @example Decoration
       */
      name: string;
      /**
       * Format: uuid
       * @description The parent category; null, the default, for the top.
       * @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44
       */
      parentId?: string | null;
    };
    ChangeCategory: {
      /** @example Decoration */
      name?: string;
      /**
       * Format: uuid
       * @description The new parent; all categories below move as well. Null for the top.
       * @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44
       */
      parentId?: string | null;
    };
    ProductCategory: {
      /**
       * Format: uuid
       * @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44
       */
      id: string;
      /** @example Decoration */
      name: string;
    };
    ProductImage: {
      /**
       * Format: uri
       * @example https://images.example/lantern-7.jpg
       */
      url: string;
      /**
       * @description What the image shows, in words.
       * @example A red lantern, lit
       */
      alt: string | null;
    };
    Money: {
      /**
       * @description Decimal string with at most the digits of the currency in ISO 4217, at most 9999999999.99.
       * @example 12.50
       */
      amount: string;
      /**
       * @description ISO 4217.
       * @example GBP
       */
      currency: string;
    };
    ListedProduct: {
      /**
       * Format: uuid
       * @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44
       */
      id: string;
      /**
       * @description The id in another system.
       * @example erp-4711
       */
      externalId: string | null;
      /**
       * @description Units that a customer can still get: those on hand without those in carts, never below 0.
       * @example 40
       */
      stock: number;
      /**
       * @description For admins only: all units on hand, those in carts included.
       * @example 43
       */
      onHand?: number;
      /**
       * @description The most units that one customer may have in orders; null for no limit.
       * @example 5
       */
      unitLimit: number | null;
      /**
       * @description For admins only: the number of units at which stock is low; null for none.
       * @example 5
       */
      lowStockThreshold?: number | null;
      category: components['schemas']['ProductCategory'] | null;
      /** @description The first image; null for a product without images. */
      image: components['schemas']['ProductImage'] | null;
      /**
       * @description Counts the changes of the product; its ETag begins with this number.
       * @example 1
       */
      version: number;
      /** Format: date-time */
      createdAt: string;
      /** Format: date-time */
      updatedAt: string;
      /** @example 85123A */
      sku: string;
      /** @example White hanging heart t-light holder */
      name: string;
      /** @example Wood, 15 cm */
      description: string;
      price: components['schemas']['Money'];
      active: boolean;
    };
    ProductList: {
      /** @description The `cursor` of the next page; null on the last page. */
      nextCursor: string | null;
      items: components['schemas']['ListedProduct'][];
    };
    Product: {
      /**
       * Format: uuid
       * @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44
       */
      id: string;
      /**
       * @description The id in another system.
       * @example erp-4711
       */
      externalId: string | null;
      /**
       * @description Units that a customer can still get: those on hand without those in carts, never below 0.
       * @example 40
       */
      stock: number;
      /**
       * @description For admins only: all units on hand, those in carts included.
       * @example 43
       */
      onHand?: number;
      /**
       * @description The most units that one customer may have in orders; null for no limit.
       * @example 5
       */
      unitLimit: number | null;
      /**
       * @description For admins only: the number of units at which stock is low; null for none.
       * @example 5
       */
      lowStockThreshold?: number | null;
      category: components['schemas']['ProductCategory'] | null;
      /** @description The first image; null for a product without images. */
      image: components['schemas']['ProductImage'] | null;
      /**
       * @description Counts the changes of the product; its ETag begins with this number.
       * @example 1
       */
      version: number;
      /** Format: date-time */
      createdAt: string;
      /** Format: date-time */
      updatedAt: string;
      /** @example 85123A */
      sku: string;
      /** @example White hanging heart t-light holder */
      name: string;
      /** @example Wood, 15 cm */
      description: string;
      price: components['schemas']['Money'];
      active: boolean;
      /** @description All images, the first of which is `image`. */
      images: components['schemas']['ProductImage'][];
    };
    GoneProduct: {
      /**
       * Format: uuid
       * @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44
       */
      id: string;
      /** @enum {boolean} */
      gone: true;
    };
    ProductChanges: {
      items: (components['schemas']['Product'] | components['schemas']['GoneProduct'])[];
      /** @description The `cursor` of the next call, now or another day. */
      nextCursor: string;
    };
    GivenImage: {
      /**
       * Format: uri
       * @description An https URL.
       * @example https://images.example/lantern-7.jpg
       */
      url: string;
      /**
       * @description What the image shows, in words; null, the default, for none.
       * @example A red lantern, lit
       */
      alt?: string | null;
    };
    CreateProduct: {
      /**
       * @description The most units that one customer may have in orders; null for no limit.
       * @example 5
       */
      unitLimit?: number | null;
      /**
       * Format: uuid
       * @description The category of the product; null for none.
       * @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44
       */
      categoryId?: string | null;
      /**
       * @description The id in another system. Unique among products that are not retired; null for none.
       * @example erp-4711
       */
      externalId?: string | null;
      /**
       * @description Stock that falls to this number of units, or below it, is announced by the event `catalog.stock-low`; null for no
       *     announcement.
       * @example 5
       */
      lowStockThreshold?: number | null;
      /**
       * @description Unique in any case among products that are not retired.
       * @example LANTERN-7
       */
      sku: string;
      /** @example White hanging heart t-light holder */
      name: string;
      /** @example Wood, 15 cm */
      description?: string;
      /**
       * @description The initial units on hand. An API key needs the scope `stock:write`.
       * @default 0
       * @example 40
       */
      stock: number;
      /**
       * @description Whether the product is on sale.
       * @default true
       */
      active: boolean;
      /** @description At most 10 images at https URLs; lists, carts and orders show the first. */
      images?: components['schemas']['GivenImage'][];
      price: components['schemas']['Money'];
    };
    ChangeProduct: {
      /**
       * @description The most units that one customer may have in orders; null for no limit.
       * @example 5
       */
      unitLimit?: number | null;
      /**
       * Format: uuid
       * @description The category of the product; null for none.
       * @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44
       */
      categoryId?: string | null;
      /**
       * @description The id in another system. Unique among products that are not retired; null for none.
       * @example erp-4711
       */
      externalId?: string | null;
      /**
       * @description Stock that falls to this number of units, or below it, is announced by the event `catalog.stock-low`; null for no
       *     announcement.
       * @example 5
       */
      lowStockThreshold?: number | null;
      /** @example 85123A */
      sku?: string;
      /** @example White hanging heart t-light holder */
      name?: string;
      /** @example Wood, 15 cm */
      description?: string;
      /**
       * @description Sets the units on hand, whatever they were; a stock adjustment compares first. An API key needs the scope
       *     `stock:write`.
       * @example 40
       */
      stock?: number;
      /** @description Replaces all images; `[]` removes them. */
      images?: components['schemas']['GivenImage'][];
      price?: components['schemas']['Money'];
      /** @description Whether the product is on sale. */
      active?: boolean;
    };
    AdjustStock:
      | {
          /** @example -3 */
          delta: number;
          /**
           * @description The reason, for the ledger.
           * @example three broken in the warehouse
           */
          reason: string;
        }
      | {
          /** @description The counted units. */
          onHand: number;
          /** @description The units on hand that you saw. If they have changed since, the answer is `stock-changed`. */
          expectedOnHand: number;
          /**
           * @description The reason, for the ledger.
           * @example three broken in the warehouse
           */
          reason: string;
        };
    StockMovement: {
      /**
       * Format: uuid
       * @description Null when stock already was as given, and nothing was written.
       */
      id: string | null;
      /** Format: uuid */
      productId: string;
      /**
       * @example adjustment
       * @enum {string}
       */
      kind:
        | 'initial'
        | 'adjustment'
        | 'order-placed'
        | 'order-canceled'
        | 'order-refunded'
        | 'return-received'
        | 'return-written-off'
        | 'inventory-count';
      /** @example -3 */
      delta: number;
      /**
       * @description Units on hand after this movement.
       * @example 37
       */
      balanceAfter: number;
      /**
       * @description The reason of an admin, or of a feed's correction; null for orders.
       * @example three broken in the warehouse
       */
      reason: string | null;
      /**
       * Format: uuid
       * @description The customer, admin or API key that caused the movement.
       */
      actorId: string;
      /** Format: uuid */
      orderId: string | null;
      /**
       * Format: uuid
       * @description The feed of another system whose count this movement applies.
       */
      feedId: string | null;
      /** Format: date-time */
      at: string;
    };
    StockMovementList: {
      /** @description The `cursor` of the next page; null on the last page. */
      nextCursor: string | null;
      items: components['schemas']['StockMovement'][];
    };
    RowError: {
      /**
       * @description Null when it is about all of the row.
       * @example price
       */
      column: string | null;
      /** @example matches */
      code: string;
      /** @example amount must be a decimal string such as \12.50\, from 0 to 9999999999.99 */
      detail: string;
    };
    RowResult: {
      /**
       * @description As a spreadsheet counts them: the header is row 1.
       * @example 2
       */
      row: number;
      /** @enum {string} */
      result: 'created' | 'changed' | 'unchanged' | 'refused';
      /**
       * Format: uuid
       * @description Left out where the row is refused.
       * @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44
       */
      productId?: string;
      /** @description Only where the row is refused: all that is wrong with it. */
      errors?: components['schemas']['RowError'][];
      /** @example 85123A */
      sku: string;
    };
    Import: {
      /**
       * @default 0
       * @example 1
       */
      created: number;
      /**
       * @default 0
       * @example 0
       */
      changed: number;
      /**
       * @default 0
       * @example 0
       */
      unchanged: number;
      /**
       * @default 0
       * @example 0
       */
      refused: number;
      /**
       * @description One for each row, in their order.
       * @default []
       */
      rows: components['schemas']['RowResult'][];
    };
    ShippingMethod: {
      /** @example standard */
      code: string;
      /** @example Standard, 2 to 4 days */
      name: string;
      price: components['schemas']['Money'];
      /** @description Shipping is free for orders whose `subtotal` is at least this. */
      freeFrom?: components['schemas']['Money'];
      /**
       * @description Countries that it ships to; all when it is left out.
       * @example [
       *       "GB",
       *       "IE"
       *     ]
       */
      countries?: string[];
    };
    CreateShippingMethod: {
      /** @description Shipping is free for orders whose `subtotal` is at least this; null for never. */
      freeFrom?: components['schemas']['Money'] | null;
      /**
       * @description Countries that it ships to, by ISO 3166-1 alpha-2; null for all.
       * @example [
       *       "GB",
       *       "IE"
       *     ]
       */
      countries?: string[] | null;
      /**
       * @description Name of the method for programs: lower-case letters, digits, `-` and `_`.
       * @example standard
       */
      code: string;
      /** @example Standard, 2 to 4 days */
      name: string;
      price: components['schemas']['Money'];
    };
    ChangeShippingMethod: {
      /** @description Shipping is free for orders whose `subtotal` is at least this; null for never. */
      freeFrom?: components['schemas']['Money'] | null;
      /**
       * @description Countries that it ships to, by ISO 3166-1 alpha-2; null for all.
       * @example [
       *       "GB",
       *       "IE"
       *     ]
       */
      countries?: string[] | null;
      /** @example Standard, 2 to 4 days */
      name?: string;
      price?: components['schemas']['Money'];
    };
    TaxRate: {
      /** @example GB */
      country: string;
      /**
       * @description Per cent.
       * @example 20
       */
      rate: string;
      inclusive: boolean;
    };
    SetTaxRate: {
      /**
       * @description Per cent, with at most four digits behind the point, from 0 to 100.
       * @example 20
       */
      rate: string;
      /** @description Whether prices contain the tax, as in Europe; otherwise it comes on top, as in America. */
      inclusive: boolean;
    };
    OrderItem: {
      /**
       * Format: uuid
       * @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44
       */
      productId: string;
      /** @example 2 */
      quantity: number;
    };
    Address: {
      /**
       * @description Name of the person or company that receives.
       * @example Ann Lee
       */
      name: string;
      /**
       * @description Street and number.
       * @example 12 Mill Lane
       */
      line1: string;
      /** @example Flat 3 */
      line2?: string;
      /** @example Leeds */
      city: string;
      /**
       * @description State, county or province.
       * @example West Yorkshire
       */
      region?: string;
      /** @example LS1 4AP */
      postalCode: string;
      /**
       * @description ISO 3166-1 alpha-2.
       * @example GB
       */
      country: string;
      /**
       * @description Digits, spaces and `+ ( ) . / -`.
       * @example +44 113 496 0000
       */
      phone?: string;
    };
    PlaceOrder: {
      /**
       * Format: uuid
       * @description An address of your address book, which the order copies.
       * @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44
       */
      addressId?: string;
      /**
       * @description Code of a shipping method; needed where the shop has any.
       * @example standard
       */
      shippingMethod?: string;
      /** @description 1 to 100 lines; the quantities of lines with the same product are summed. */
      items: components['schemas']['OrderItem'][];
      /** @description The `total` that the customer saw. When it has changed since, the order is refused with `price-changed`. */
      expectedTotal?: components['schemas']['Money'];
      /** @description Where the goods go. Send it or `addressId`, and one of them where the shop has shipping methods. */
      shipTo?: components['schemas']['Address'];
    };
    OrderPayment: {
      /**
       * @example pending
       * @enum {string}
       */
      status: 'pending' | 'captured' | 'failed' | 'canceled' | 'partially_refunded' | 'refunded';
      /** @example stripe */
      provider: string;
      /** @description Secret with which your app finishes the payment; only while it is pending, and only at providers that need one. */
      clientSecret?: string;
      /** @description Page on which your customer approves the payment; only while it is pending, at providers that have one. */
      approvalUrl?: string;
    };
    ShippedItem: {
      /** Format: uuid */
      productId: string;
      /** @example 1 */
      quantity: number;
    };
    Shipment: {
      /** Format: uuid */
      id: string;
      /** @example Royal Mail */
      carrier: string | null;
      /** @example RM123456789GB */
      trackingNumber: string | null;
      /**
       * @description Page of the carrier that shows where the parcel is.
       * @example https://track.example/RM123456789GB
       */
      trackingUrl: string | null;
      /** Format: date-time */
      shippedAt: string;
      items: components['schemas']['ShippedItem'][];
    };
    ReturnedItem: {
      /** Format: uuid */
      productId: string;
      /**
       * @description Units that the customer asked to return.
       * @example 1
       */
      quantity: number;
      /**
       * @description Units that came back and are for sale again.
       * @example 1
       */
      restocked: number;
      /**
       * @description Units that came back and cannot be sold.
       * @example 0
       */
      writtenOff: number;
    };
    OrderReturn: {
      /** Format: uuid */
      id: string;
      /**
       * @example requested
       * @enum {string}
       */
      status: 'requested' | 'received' | 'rejected';
      /** Format: date-time */
      requestedAt: string;
      items: components['schemas']['ReturnedItem'][];
      /**
       * @description The customer's reason.
       * @example too small
       */
      reason: string;
      /**
       * @description Why the return was rejected; only then.
       * @example worn
       */
      rejectReason?: string;
    };
    OrderLine: {
      /** Format: uuid */
      productId: string;
      /** @description The product's first image at the time of the order. */
      image: components['schemas']['ProductImage'] | null;
      /** @example 2 */
      quantity: number;
      /**
       * @description Units that have left.
       * @example 1
       */
      shipped: number;
      /**
       * @description Units that are paid back.
       * @example 0
       */
      refunded: number;
      /**
       * @description Units that came back.
       * @example 0
       */
      returned: number;
      /** @example 85123A */
      sku: string;
      /**
       * @description The name at the time of the order.
       * @example White hanging heart t-light holder
       */
      name: string;
      /** @description The price at the time of the order. */
      unitPrice: components['schemas']['Money'];
      subtotal: components['schemas']['Money'];
    };
    OrderTax: {
      amount: components['schemas']['Money'];
      /** @description Whether `subtotal` and `shipping` contain the tax. */
      inclusive: boolean;
    };
    Order: {
      /** Format: uuid */
      id: string;
      /** Format: uuid */
      customerId: string;
      /**
       * @example reserved
       * @enum {string}
       */
      status: 'reserved' | 'payment_pending' | 'paid' | 'fulfilled' | 'canceled';
      /**
       * @description Code of the shipping method.
       * @example standard
       */
      shippingMethod: string | null;
      /** @description Where the goods go: a copy, which does not change with the address book. */
      shipTo: components['schemas']['Address'] | null;
      /** @description Null until a payment provider has the payment. */
      payment: components['schemas']['OrderPayment'] | null;
      /** @description What has left, oldest first. */
      shipments: components['schemas']['Shipment'][];
      /** @description What is asked to come back, oldest first. */
      returns: components['schemas']['OrderReturn'][];
      /**
       * @description Number of the last change; the ETag is this number in quotes.
       * @example 1
       */
      version: number;
      /** Format: date-time */
      placedAt: string;
      /** Format: date-time */
      updatedAt: string;
      /**
       * @description Number for people to read out; programs use `id`.
       * @example 20261121-7K3M9-QXW2A
       */
      number: string;
      items: components['schemas']['OrderLine'][];
      /** @description Sum of the lines. */
      subtotal: components['schemas']['Money'];
      shipping: components['schemas']['Money'];
      tax: components['schemas']['OrderTax'];
      /** @description `subtotal` and `shipping`, plus the tax where they do not contain it. */
      total: components['schemas']['Money'];
      /** @description Sum of all refunds. */
      refunded: components['schemas']['Money'];
      /** @description True while the customer's bank disputes the payment, and after it was lost. */
      disputed: boolean;
    };
    OrderList: {
      /** @description Send it as `cursor` for the next page; null on the last page. */
      nextCursor: string | null;
      items: components['schemas']['Order'][];
    };
    OrderTransition: {
      /** Format: date-time */
      at: string;
      /** @example created */
      from: string;
      /** @example reserved */
      to: string;
      /** @example placed */
      cause: string;
    };
    OrderNote: {
      /** Format: uuid */
      id: string;
      /**
       * Format: uuid
       * @description Id of the admin who wrote it.
       */
      by: string;
      /** Format: date-time */
      createdAt: string;
      /** @example Asked for delivery after 18:00 */
      text: string;
    };
    WriteOrderNote: {
      /** @example Asked for delivery after 18:00 */
      text: string;
    };
    CartLine: {
      /** Format: uuid */
      productId: string;
      /** @description The current first image of the product. */
      image: components['schemas']['ProductImage'] | null;
      /** @example 2 */
      quantity: number;
      /** @description Null for a sum above 9999999999.99. */
      subtotal: components['schemas']['Money'] | null;
      /**
       * @description Units held for the customer until `expiresAt`: all of `quantity`, or 0 once the hold has expired or was used up by
       *     an order. Any change of the cart holds them again, if there is enough. A line without a hold can be checked out
       *     while its units are `available`.
       * @example 2
       */
      held: number;
      /**
       * @description Units that the customer can get now, own holds included; 0 for a product that is not on sale.
       * @example 40
       */
      available: number;
      /**
       * Format: date-time
       * @description When these units may be held again, after they were held for `CART_HOLD_MAX`; null when they are not paused. They
       *     can be checked out nevertheless.
       */
      pausedUntil: string | null;
      /**
       * @description The current name.
       * @example White hanging heart t-light holder
       */
      name: string;
      /** @description The current price; an order takes the price at its own time. */
      unitPrice: components['schemas']['Money'];
    };
    Cart: {
      /** @description Null for an empty cart, for lines of several currencies, and for a sum above 9999999999.99. */
      total: components['schemas']['Money'] | null;
      /**
       * Format: date-time
       * @description When the first hold ends; any change of the cart extends all holds, at most to `CART_HOLD_MAX` from their
       *     first hold. Null when nothing is held.
       */
      expiresAt: string | null;
      /** @description The lines in the order in which they were added. */
      items: components['schemas']['CartLine'][];
    };
    CartItem: {
      /**
       * Format: uuid
       * @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44
       */
      productId: string;
      /** @example 2 */
      quantity: number;
    };
    AddToCart:
      | {
          /**
           * Format: uuid
           * @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44
           */
          productId: string;
          /**
           * @description Units to add to those in the cart.
           * @example 2
           */
          quantity: number;
        }
      | {
          /** @description Several products: all are added, or none. */
          items: components['schemas']['CartItem'][];
        };
    SetQuantity: {
      /**
       * @description New number of units in the cart; 0 removes the product.
       * @example 3
       */
      quantity: number;
    };
    Checkout: {
      /**
       * Format: uuid
       * @description An address of your address book, which the order copies.
       * @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44
       */
      addressId?: string;
      /**
       * @description Code of a shipping method; needed where the shop has any.
       * @example standard
       */
      shippingMethod?: string;
      /** @description The `total` that the customer saw. When it has changed since, the order is refused with `price-changed`. */
      expectedTotal?: components['schemas']['Money'];
      /** @description Where the goods go. Send it or `addressId`, and one of them where the shop has shipping methods. */
      shipTo?: components['schemas']['Address'];
    };
    WebhookData: {
      /**
       * Format: uuid
       * @description The idempotency key that the provider was given for the payment. Needed unless `orderId` is given.
       */
      paymentId?: string;
      /**
       * Format: uuid
       * @description The paid order. Needed unless `paymentId` is given.
       * @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44
       */
      orderId?: string;
      /** @description The captured amount; required with `payment.succeeded`. */
      amount?: components['schemas']['Money'];
      /**
       * @description The provider's own id of the payment.
       * @example sim_8f2c
       */
      reference?: string;
      /**
       * @description Why the payment or the attempt failed.
       * @example card declined
       */
      reason?: string;
    };
    Webhook: {
      /**
       * @description After `payment.attempt-failed` the payment can still be made. Other types are acknowledged and ignored.
       * @example payment.succeeded
       * @enum {string}
       */
      type: 'payment.succeeded' | 'payment.failed' | 'payment.attempt-failed';
      /**
       * @description The event's id: an id that was received before changes nothing.
       * @example evt_1
       */
      id: string;
      data: components['schemas']['WebhookData'];
    };
    WebhookReceipt: {
      /**
       * @description The effect of the event.
       * @example applied
       * @enum {string}
       */
      outcome: 'applied' | 'ignored' | 'duplicate' | 'unknown' | 'amount-mismatch';
    };
    Refund: {
      /** Format: uuid */
      id: string;
      /** Format: uuid */
      orderId: string;
      /**
       * @description `pending` is at work at the provider; only `succeeded` has sent the money.
       * @example succeeded
       * @enum {string}
       */
      status: 'requested' | 'pending' | 'succeeded' | 'failed';
      /**
       * @description The provider's own id of the refund; null until the provider has given it.
       * @example re_3Nskqz
       */
      reference: string | null;
      /**
       * @description Why the refund failed.
       * @example null
       */
      failure: string | null;
      /** Format: date-time */
      requestedAt: string;
      /** Format: date-time */
      sentAt: string | null;
      /** @example stripe */
      provider: string;
      amount: components['schemas']['Money'];
      /** @description Begun at the provider, by its dashboard for example. */
      atProvider: boolean;
    };
    RefundList: {
      /** @description Pass it as `cursor` to get the next page; null on the last page. */
      nextCursor: string | null;
      items: components['schemas']['Refund'][];
    };
    ItemToShip: {
      /** Format: uuid */
      productId: string;
      /**
       * @description Units ordered.
       * @example 3
       */
      quantity: number;
      /**
       * @description Units that have left.
       * @example 1
       */
      shipped: number;
      /**
       * @description Units that are to be shipped: neither shipped nor refunded before.
       * @example 2
       */
      left: number;
      /** @example 85123A */
      sku: string;
      /** @example White hanging heart t-light holder */
      name: string;
    };
    Fulfilment: {
      /**
       * Format: uuid
       * @description The id of the order.
       */
      id: string;
      /** Format: uuid */
      orderId: string;
      /**
       * @example open
       * @enum {string}
       */
      status: 'open' | 'partial' | 'done';
      /** @description Where the goods go; null for an order without an address, or whose account is closed. */
      shipTo: components['schemas']['Address'] | null;
      /** Format: date-time */
      openedAt: string;
      items: components['schemas']['ItemToShip'][];
    };
    FulfilmentList: {
      /** @description Send it as `cursor` for the next page; null on the last page. */
      nextCursor: string | null;
      items: components['schemas']['Fulfilment'][];
    };
    ShipItems: {
      /** @description What leaves; all that is left unless given. */
      items?: components['schemas']['OrderItem'][];
      /** @example Royal Mail */
      carrier?: string;
      /** @example RM123456789GB */
      trackingNumber?: string;
      /**
       * Format: uri
       * @description Page of the carrier that shows where the parcel is, for the customer.
       * @example https://track.example/RM123456789GB
       */
      trackingUrl?: string;
      /** @description Ships the order although the customer's bank disputes its payment. */
      force?: boolean;
    };
    OrderShipment: {
      /** Format: uuid */
      id: string;
      /** @example Royal Mail */
      carrier: string | null;
      /** @example RM123456789GB */
      trackingNumber: string | null;
      /**
       * @description Page of the carrier that shows where the parcel is.
       * @example https://track.example/RM123456789GB
       */
      trackingUrl: string | null;
      /** Format: date-time */
      shippedAt: string;
      /** Format: uuid */
      orderId: string;
      items: components['schemas']['ShippedItem'][];
    };
    FulfilOrder: {
      /** @description Ships the order although the customer's bank disputes its payment. */
      force?: boolean;
    };
    RefundedItem: {
      /**
       * Format: uuid
       * @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44
       */
      productId: string;
      /** @example 1 */
      quantity: number;
      /** @description Whether the units come back to stock; true unless given. Only for units that have not left. */
      restock?: boolean;
    };
    RefundOrder: {
      /** @description Units to pay back: of each product those first that have not left, which are then not to be shipped. */
      items?: components['schemas']['RefundedItem'][];
      /**
       * @description Reason, shown in the history of the order.
       * @example arrived broken
       */
      reason: string;
      /** @description Defaults to the price of the items, or to all that is left of what was paid. Not together with `items`. */
      amount?: components['schemas']['Money'];
      /**
       * @description Whether the goods come back to stock; true unless given. Allowed only in the refund of all that is left before
       *     anything has left, and not together with `items`, which have their own.
       */
      restock?: boolean;
    };
    RequestReturn: {
      items: components['schemas']['OrderItem'][];
      /**
       * @description Reason, for the shop.
       * @example too small
       */
      reason: string;
    };
    Return: {
      /** Format: uuid */
      id: string;
      /**
       * @example requested
       * @enum {string}
       */
      status: 'requested' | 'received' | 'rejected';
      /** Format: date-time */
      requestedAt: string;
      /** Format: uuid */
      orderId: string;
      /** Format: uuid */
      customerId: string;
      items: components['schemas']['ReturnedItem'][];
      /**
       * @description The customer's reason.
       * @example too small
       */
      reason: string;
      /**
       * @description Why the return was rejected; only then.
       * @example worn
       */
      rejectReason?: string;
    };
    ReturnList: {
      /** @description Send it as `cursor` for the next page; null on the last page. */
      nextCursor: string | null;
      items: components['schemas']['Return'][];
    };
    ArrivedItem: {
      /**
       * Format: uuid
       * @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44
       */
      productId: string;
      /**
       * @description Units that are for sale again.
       * @default 0
       * @example 1
       */
      restock: number;
      /**
       * @description Units that cannot be sold.
       * @default 0
       * @example 0
       */
      writeOff: number;
    };
    ReceiveReturn: {
      /** @description What came back; products that are not named did not. */
      items: components['schemas']['ArrivedItem'][];
      /** @description Defaults to the price of the units that came back, less those that are refunded already; 0 for nothing. */
      refund?: components['schemas']['Money'];
    };
    RejectReturn: {
      /**
       * @description Reason, which the customer reads.
       * @example The goods are worn.
       */
      reason: string;
    };
    RegisterEndpoint: {
      /**
       * Format: uri
       * @description An https URL at a public address that accepts POST.
       * @example https://example.com/hooks/holdfast
       */
      url: string;
      /**
       * @description Empty text is stored as null.
       * @example Warehouse
       */
      description?: string;
      /**
       * @description Types of events, or `<context>.*`; all events when left out or empty.
       * @example [
       *       "ordering.order-placed",
       *       "payments.*"
       *     ]
       */
      eventTypes?: string[];
    };
    EndpointWithSecret: {
      /**
       * Format: uuid
       * @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44
       */
      id: string;
      /** @example Warehouse */
      description: string | null;
      /**
       * @description Null while the endpoint is active.
       * @example null
       */
      disabledBecause: string | null;
      /**
       * Format: date-time
       * @description The replaced secret signs until then.
       */
      previousSecretEndsAt: string | null;
      /** Format: date-time */
      createdAt: string;
      /** Format: date-time */
      updatedAt: string;
      /**
       * @description The number of changes, beginning at 1.
       * @example 1
       */
      version: number;
      /**
       * @description Verifies signatures of deliveries; shown in this answer only.
       * @example whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw
       */
      secret: string;
      /** @example https://example.com/hooks/holdfast */
      url: string;
      /**
       * @description Empty for all events.
       * @example [
       *       "ordering.order-placed",
       *       "payments.*"
       *     ]
       */
      eventTypes: string[];
      active: boolean;
    };
    Endpoint: {
      /**
       * Format: uuid
       * @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44
       */
      id: string;
      /** @example Warehouse */
      description: string | null;
      /**
       * @description Null while the endpoint is active.
       * @example null
       */
      disabledBecause: string | null;
      /**
       * Format: date-time
       * @description The replaced secret signs until then.
       */
      previousSecretEndsAt: string | null;
      /** Format: date-time */
      createdAt: string;
      /** Format: date-time */
      updatedAt: string;
      /**
       * @description The number of changes, beginning at 1.
       * @example 1
       */
      version: number;
      /** @example https://example.com/hooks/holdfast */
      url: string;
      /**
       * @description Empty for all events.
       * @example [
       *       "ordering.order-placed",
       *       "payments.*"
       *     ]
       */
      eventTypes: string[];
      active: boolean;
    };
    EndpointList: {
      /** @description The `cursor` of the next page; null on the last page. */
      nextCursor: string | null;
      items: components['schemas']['Endpoint'][];
    };
    ChangeEndpoint: {
      /**
       * Format: uri
       * @example https://example.com/hooks/holdfast
       */
      url?: string;
      /**
       * @description Empty text is stored as null.
       * @example Warehouse
       */
      description?: string;
      /**
       * @description Types of events, or `<context>.*`; all events when empty.
       * @example [
       *       "ordering.order-placed",
       *       "payments.*"
       *     ]
       */
      eventTypes?: string[];
      /** @description False ends pending deliveries; the endpoint gets no events until it is enabled. */
      active?: boolean;
    };
    Delivery: {
      /**
       * Format: uuid
       * @description The header `webhook-id` of each attempt.
       */
      eventId: string;
      /** Format: uuid */
      aggregateId: string;
      /** @enum {string} */
      status: 'pending' | 'sent' | 'dead';
      /** @example 1 */
      attempts: number;
      /**
       * Format: date-time
       * @description Null unless the delivery is pending.
       */
      nextAttemptAt: string | null;
      /** Format: date-time */
      sentAt: string | null;
      /**
       * @description The status of the subscriber's last answer.
       * @example 200
       */
      responseStatus: number | null;
      /** @description The error of the last attempt. */
      lastError: string | null;
      /** Format: date-time */
      createdAt: string;
      /** @example ordering.order-placed */
      eventType: string;
    };
    DeliveryList: {
      /** @description The `cursor` of the next page; null on the last page. */
      nextCursor: string | null;
      items: components['schemas']['Delivery'][];
    };
    Count: {
      /**
       * @description In any case.
       * @example 85123A
       */
      sku: string;
      /**
       * @description The counted units. Units in carts and in unshipped orders are not left out of your count by us.
       * @example 40
       */
      onHand: number;
    };
    SendFeed: {
      /**
       * @description The system that counts.
       * @example erp
       */
      source: string;
      /**
       * Format: date-time
       * @description Every movement until this moment is in the numbers, none after it is.
       * @example 2026-11-28T06:00:00.000Z
       */
      takenAt: string;
      items: components['schemas']['Count'][];
    };
    CountRow: {
      /**
       * @example applied
       * @enum {string}
       */
      result: 'applied' | 'unchanged' | 'unknown-sku' | 'duplicate-sku' | 'stale' | 'below-zero';
      /**
       * @description Units on hand before.
       * @example 43
       */
      before?: number;
      /**
       * @description Units on hand now: the count, and what has moved since.
       * @example 39
       */
      after?: number;
      /**
       * @description With `below-zero`: the units that have left since and are not in the count.
       * @example 2
       */
      missing?: number;
      /** @example 85123A */
      sku: string;
    };
    FeedResult: {
      /** Format: uuid */
      id: string;
      /** @description In the order of the items. */
      rows: components['schemas']['CountRow'][];
    };
    Feed: {
      /** Format: uuid */
      id: string;
      /** Format: date-time */
      takenAt: string;
      /** Format: date-time */
      receivedAt: string;
      /**
       * Format: uuid
       * @description The API key, or the admin, that sent it.
       */
      sentBy: string;
      /** @example 2 */
      items: number;
      /**
       * @description How many items had each result; null for a feed that broke off: send it again.
       * @example {
       *       "applied": 1,
       *       "unchanged": 1
       *     }
       */
      results: {
        [key: string]: number;
      } | null;
      /** @example erp */
      source: string;
    };
    FeedList: {
      items: components['schemas']['Feed'][];
      /** @description The `cursor` of the next page; null on the last page. */
      nextCursor: string | null;
    };
    Drift: {
      /** Format: date-time */
      takenAt: string;
      /**
       * @description The units that the system counted.
       * @example 40
       */
      theirs: number;
      /**
       * @description The units that we had at that time.
       * @example 43
       */
      ours: number;
      /** @example 85123A */
      sku: string;
      /** @example erp */
      source: string;
    };
    FieldError: {
      /**
       * @description JSON pointer into the body, or the name of the query parameter.
       * @example /items/0/quantity
       */
      pointer: string;
      /** @example is-int */
      code: string;
      /** @example quantity must be an integer number */
      detail: string;
    };
    Problem:
      | components['schemas']['AccountHasOpenOrdersProblem']
      | components['schemas']['AddressLimitProblem']
      | components['schemas']['AddressNotFoundProblem']
      | components['schemas']['AddressRequiredProblem']
      | components['schemas']['AddressUnknownProblem']
      | components['schemas']['AmountOutOfRangeProblem']
      | components['schemas']['ApiKeyNotFoundProblem']
      | components['schemas']['CartEmptyProblem']
      | components['schemas']['CartLimitExceededProblem']
      | components['schemas']['CategoryNameTakenProblem']
      | components['schemas']['CategoryNotEmptyProblem']
      | components['schemas']['CategoryNotFoundProblem']
      | components['schemas']['CategoryTooDeepProblem']
      | components['schemas']['CategoryUnderItselfProblem']
      | components['schemas']['CategoryUnknownProblem']
      | components['schemas']['CountAheadProblem']
      | components['schemas']['CurrenciesMixedProblem']
      | components['schemas']['CurrentPasswordWrongProblem']
      | components['schemas']['CustomerNotFoundProblem']
      | components['schemas']['EmailTakenProblem']
      | components['schemas']['EventNotDeadProblem']
      | components['schemas']['EventNotFoundProblem']
      | components['schemas']['ExpectationFailedProblem']
      | components['schemas']['ExternalIdTakenProblem']
      | components['schemas']['ForbiddenProblem']
      | components['schemas']['FulfilmentNotFoundProblem']
      | components['schemas']['HeadersTooLargeProblem']
      | components['schemas']['HoldPausedProblem']
      | components['schemas']['IdempotencyKeyInUseProblem']
      | components['schemas']['IdempotencyKeyInvalidProblem']
      | components['schemas']['IdempotencyKeyMissingProblem']
      | components['schemas']['IdempotencyKeyReusedProblem']
      | components['schemas']['InsufficientScopeProblem']
      | components['schemas']['InsufficientStockProblem']
      | components['schemas']['InternalErrorProblem']
      | components['schemas']['InvalidCredentialsProblem']
      | components['schemas']['InvalidCursorProblem']
      | components['schemas']['LastAdminProblem']
      | components['schemas']['LoginThrottledProblem']
      | components['schemas']['MalformedBodyProblem']
      | components['schemas']['MalformedRequestProblem']
      | components['schemas']['MethodNotAllowedProblem']
      | components['schemas']['NothingToRefundProblem']
      | components['schemas']['OrderDisputedProblem']
      | components['schemas']['OrderLimitExceededProblem']
      | components['schemas']['OrderNotCancellableProblem']
      | components['schemas']['OrderNotFoundProblem']
      | components['schemas']['OrderNotFulfillableProblem']
      | components['schemas']['OrderNotRefundableProblem']
      | components['schemas']['OverloadedProblem']
      | components['schemas']['PayloadTooLargeProblem']
      | components['schemas']['PaymentNotCapturedProblem']
      | components['schemas']['PaymentNotFoundProblem']
      | components['schemas']['PaymentProviderUnknownProblem']
      | components['schemas']['PreconditionFailedProblem']
      | components['schemas']['PriceChangedProblem']
      | components['schemas']['ProductNotFoundProblem']
      | components['schemas']['ProductNotOrderableProblem']
      | components['schemas']['QuotaExceededProblem']
      | components['schemas']['RefundByAmountAndItemsProblem']
      | components['schemas']['RefundExceedsOrderProblem']
      | components['schemas']['RefundNotFailedProblem']
      | components['schemas']['RefundNotFoundProblem']
      | components['schemas']['RefundTooLargeProblem']
      | components['schemas']['RequestTimeoutProblem']
      | components['schemas']['ResetTokenInvalidProblem']
      | components['schemas']['RestockWithoutEffectProblem']
      | components['schemas']['ReturnExceedsRequestProblem']
      | components['schemas']['ReturnExceedsShipmentProblem']
      | components['schemas']['ReturnNotFoundProblem']
      | components['schemas']['ReturnNotOpenProblem']
      | components['schemas']['ReturnWindowOverProblem']
      | components['schemas']['RouteNotFoundProblem']
      | components['schemas']['ServiceUnavailableProblem']
      | components['schemas']['SessionNotFoundProblem']
      | components['schemas']['ShipmentExceedsOrderProblem']
      | components['schemas']['ShippingMethodNotFoundProblem']
      | components['schemas']['ShippingMethodRequiredProblem']
      | components['schemas']['ShippingMethodTakenProblem']
      | components['schemas']['ShippingMethodUnavailableProblem']
      | components['schemas']['SkuTakenProblem']
      | components['schemas']['StockChangedProblem']
      | components['schemas']['StockTooLargeProblem']
      | components['schemas']['TaxRateNotFoundProblem']
      | components['schemas']['TotalNotPayableProblem']
      | components['schemas']['UnauthorizedProblem']
      | components['schemas']['UnitLimitExceededProblem']
      | components['schemas']['UnpaidOrderLimitProblem']
      | components['schemas']['UnpaidUnitsLimitProblem']
      | components['schemas']['UnsupportedMediaTypeProblem']
      | components['schemas']['UriTooLongProblem']
      | components['schemas']['UsernameTakenProblem']
      | components['schemas']['ValidationFailedProblem']
      | components['schemas']['VerificationTokenInvalidProblem']
      | components['schemas']['WebhookDeliveryNotFoundProblem']
      | components['schemas']['WebhookDeliveryPendingProblem']
      | components['schemas']['WebhookEndpointDisabledProblem']
      | components['schemas']['WebhookEndpointNotFoundProblem']
      | components['schemas']['WebhookSignatureInvalidProblem']
      | components['schemas']['WebhookUrlRefusedProblem'];
    /** Account has open orders */
    AccountHasOpenOrdersProblem: {
      /** @constant */
      type: '/problems/account-has-open-orders';
      /** @constant */
      title: 'Account has open orders';
      /** @constant */
      status: 409;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'account-has-open-orders';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Address limit */
    AddressLimitProblem: {
      /** @constant */
      type: '/problems/address-limit';
      /** @constant */
      title: 'Address limit';
      /** @constant */
      status: 409;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'address-limit';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
      limit: number;
    };
    /** Address not found */
    AddressNotFoundProblem: {
      /** @constant */
      type: '/problems/address-not-found';
      /** @constant */
      title: 'Address not found';
      /** @constant */
      status: 404;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'address-not-found';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Address required */
    AddressRequiredProblem: {
      /** @constant */
      type: '/problems/address-required';
      /** @constant */
      title: 'Address required';
      /** @constant */
      status: 422;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'address-required';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Address unknown */
    AddressUnknownProblem: {
      /** @constant */
      type: '/problems/address-unknown';
      /** @constant */
      title: 'Address unknown';
      /** @constant */
      status: 422;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'address-unknown';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Amount out of range */
    AmountOutOfRangeProblem: {
      /** @constant */
      type: '/problems/amount-out-of-range';
      /** @constant */
      title: 'Amount out of range';
      /** @constant */
      status: 422;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'amount-out-of-range';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Api key not found */
    ApiKeyNotFoundProblem: {
      /** @constant */
      type: '/problems/api-key-not-found';
      /** @constant */
      title: 'Api key not found';
      /** @constant */
      status: 404;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'api-key-not-found';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Cart empty */
    CartEmptyProblem: {
      /** @constant */
      type: '/problems/cart-empty';
      /** @constant */
      title: 'Cart empty';
      /** @constant */
      status: 422;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'cart-empty';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Cart limit exceeded */
    CartLimitExceededProblem: {
      /** @constant */
      type: '/problems/cart-limit-exceeded';
      /** @constant */
      title: 'Cart limit exceeded';
      /** @constant */
      status: 409;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'cart-limit-exceeded';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
      of: string;
      limit: number;
      requested: number;
      /** Format: uuid */
      productId: string;
    };
    /** Category name taken */
    CategoryNameTakenProblem: {
      /** @constant */
      type: '/problems/category-name-taken';
      /** @constant */
      title: 'Category name taken';
      /** @constant */
      status: 409;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'category-name-taken';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Category not empty */
    CategoryNotEmptyProblem: {
      /** @constant */
      type: '/problems/category-not-empty';
      /** @constant */
      title: 'Category not empty';
      /** @constant */
      status: 409;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'category-not-empty';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
      holds: string;
    };
    /** Category not found */
    CategoryNotFoundProblem: {
      /** @constant */
      type: '/problems/category-not-found';
      /** @constant */
      title: 'Category not found';
      /** @constant */
      status: 404;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'category-not-found';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Category too deep */
    CategoryTooDeepProblem: {
      /** @constant */
      type: '/problems/category-too-deep';
      /** @constant */
      title: 'Category too deep';
      /** @constant */
      status: 422;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'category-too-deep';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
      most: number;
    };
    /** Category under itself */
    CategoryUnderItselfProblem: {
      /** @constant */
      type: '/problems/category-under-itself';
      /** @constant */
      title: 'Category under itself';
      /** @constant */
      status: 422;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'category-under-itself';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Category unknown */
    CategoryUnknownProblem: {
      /** @constant */
      type: '/problems/category-unknown';
      /** @constant */
      title: 'Category unknown';
      /** @constant */
      status: 422;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'category-unknown';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
      /** Format: uuid */
      categoryId: string;
    };
    /** Count ahead */
    CountAheadProblem: {
      /** @constant */
      type: '/problems/count-ahead';
      /** @constant */
      title: 'Count ahead';
      /** @constant */
      status: 422;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'count-ahead';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
      takenAt: string;
    };
    /** Currencies mixed */
    CurrenciesMixedProblem: {
      /** @constant */
      type: '/problems/currencies-mixed';
      /** @constant */
      title: 'Currencies mixed';
      /** @constant */
      status: 422;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'currencies-mixed';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Current password wrong */
    CurrentPasswordWrongProblem: {
      /** @constant */
      type: '/problems/current-password-wrong';
      /** @constant */
      title: 'Current password wrong';
      /** @constant */
      status: 422;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'current-password-wrong';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Customer not found */
    CustomerNotFoundProblem: {
      /** @constant */
      type: '/problems/customer-not-found';
      /** @constant */
      title: 'Customer not found';
      /** @constant */
      status: 404;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'customer-not-found';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Email taken */
    EmailTakenProblem: {
      /** @constant */
      type: '/problems/email-taken';
      /** @constant */
      title: 'Email taken';
      /** @constant */
      status: 409;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'email-taken';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Event not dead */
    EventNotDeadProblem: {
      /** @constant */
      type: '/problems/event-not-dead';
      /** @constant */
      title: 'Event not dead';
      /** @constant */
      status: 409;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'event-not-dead';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
      eventStatus: string;
    };
    /** Event not found */
    EventNotFoundProblem: {
      /** @constant */
      type: '/problems/event-not-found';
      /** @constant */
      title: 'Event not found';
      /** @constant */
      status: 404;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'event-not-found';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Expectation failed */
    ExpectationFailedProblem: {
      /** @constant */
      type: '/problems/expectation-failed';
      /** @constant */
      title: 'Expectation failed';
      /** @constant */
      status: 417;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'expectation-failed';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** External id taken */
    ExternalIdTakenProblem: {
      /** @constant */
      type: '/problems/external-id-taken';
      /** @constant */
      title: 'External id taken';
      /** @constant */
      status: 409;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'external-id-taken';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Forbidden */
    ForbiddenProblem: {
      /** @constant */
      type: '/problems/forbidden';
      /** @constant */
      title: 'Forbidden';
      /** @constant */
      status: 403;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'forbidden';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Fulfilment not found */
    FulfilmentNotFoundProblem: {
      /** @constant */
      type: '/problems/fulfilment-not-found';
      /** @constant */
      title: 'Fulfilment not found';
      /** @constant */
      status: 404;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'fulfilment-not-found';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Headers too large */
    HeadersTooLargeProblem: {
      /** @constant */
      type: '/problems/headers-too-large';
      /** @constant */
      title: 'Headers too large';
      /** @constant */
      status: 431;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'headers-too-large';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Hold paused */
    HoldPausedProblem: {
      /** @constant */
      type: '/problems/hold-paused';
      /** @constant */
      title: 'Hold paused';
      /** @constant */
      status: 409;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'hold-paused';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
      items: {
        pausedUntil: string;
        /** Format: uuid */
        productId: string;
      }[];
    };
    /** Idempotency key in use */
    IdempotencyKeyInUseProblem: {
      /** @constant */
      type: '/problems/idempotency-key-in-use';
      /** @constant */
      title: 'Idempotency key in use';
      /** @constant */
      status: 409;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'idempotency-key-in-use';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Idempotency key invalid */
    IdempotencyKeyInvalidProblem: {
      /** @constant */
      type: '/problems/idempotency-key-invalid';
      /** @constant */
      title: 'Idempotency key invalid';
      /** @constant */
      status: 400;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'idempotency-key-invalid';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Idempotency key missing */
    IdempotencyKeyMissingProblem: {
      /** @constant */
      type: '/problems/idempotency-key-missing';
      /** @constant */
      title: 'Idempotency key missing';
      /** @constant */
      status: 400;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'idempotency-key-missing';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Idempotency key reused */
    IdempotencyKeyReusedProblem: {
      /** @constant */
      type: '/problems/idempotency-key-reused';
      /** @constant */
      title: 'Idempotency key reused';
      /** @constant */
      status: 409;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'idempotency-key-reused';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Insufficient scope */
    InsufficientScopeProblem: {
      /** @constant */
      type: '/problems/insufficient-scope';
      /** @constant */
      title: 'Insufficient scope';
      /** @constant */
      status: 403;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'insufficient-scope';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
      scopes: string[];
    };
    /** Insufficient stock */
    InsufficientStockProblem: {
      /** @constant */
      type: '/problems/insufficient-stock';
      /** @constant */
      title: 'Insufficient stock';
      /** @constant */
      status: 409;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'insufficient-stock';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
      items: {
        available: number;
        /** Format: uuid */
        productId: string;
        requested: number;
      }[];
    };
    /** Internal error */
    InternalErrorProblem: {
      /** @constant */
      type: '/problems/internal-error';
      /** @constant */
      title: 'Internal error';
      /** @constant */
      status: 500;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'internal-error';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Invalid credentials */
    InvalidCredentialsProblem: {
      /** @constant */
      type: '/problems/invalid-credentials';
      /** @constant */
      title: 'Invalid credentials';
      /** @constant */
      status: 401;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'invalid-credentials';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Invalid cursor */
    InvalidCursorProblem: {
      /** @constant */
      type: '/problems/invalid-cursor';
      /** @constant */
      title: 'Invalid cursor';
      /** @constant */
      status: 400;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'invalid-cursor';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Last admin */
    LastAdminProblem: {
      /** @constant */
      type: '/problems/last-admin';
      /** @constant */
      title: 'Last admin';
      /** @constant */
      status: 409;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'last-admin';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Login throttled */
    LoginThrottledProblem: {
      /** @constant */
      type: '/problems/login-throttled';
      /** @constant */
      title: 'Login throttled';
      /** @constant */
      status: 429;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'login-throttled';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
      retryAfter: number;
    };
    /** Malformed body */
    MalformedBodyProblem: {
      /** @constant */
      type: '/problems/malformed-body';
      /** @constant */
      title: 'Malformed body';
      /** @constant */
      status: 400;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'malformed-body';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Malformed request */
    MalformedRequestProblem: {
      /** @constant */
      type: '/problems/malformed-request';
      /** @constant */
      title: 'Malformed request';
      /** @constant */
      status: 400;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'malformed-request';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Method not allowed */
    MethodNotAllowedProblem: {
      /** @constant */
      type: '/problems/method-not-allowed';
      /** @constant */
      title: 'Method not allowed';
      /** @constant */
      status: 405;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'method-not-allowed';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Nothing to refund */
    NothingToRefundProblem: {
      /** @constant */
      type: '/problems/nothing-to-refund';
      /** @constant */
      title: 'Nothing to refund';
      /** @constant */
      status: 422;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'nothing-to-refund';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Order disputed */
    OrderDisputedProblem: {
      /** @constant */
      type: '/problems/order-disputed';
      /** @constant */
      title: 'Order disputed';
      /** @constant */
      status: 409;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'order-disputed';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Order limit exceeded */
    OrderLimitExceededProblem: {
      /** @constant */
      type: '/problems/order-limit-exceeded';
      /** @constant */
      title: 'Order limit exceeded';
      /** @constant */
      status: 409;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'order-limit-exceeded';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
      of: string;
      limit: number;
      requested: number;
      /** Format: uuid */
      productId: string;
    };
    /** Order not cancellable */
    OrderNotCancellableProblem: {
      /** @constant */
      type: '/problems/order-not-cancellable';
      /** @constant */
      title: 'Order not cancellable';
      /** @constant */
      status: 409;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'order-not-cancellable';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
      orderStatus: string;
    };
    /** Order not found */
    OrderNotFoundProblem: {
      /** @constant */
      type: '/problems/order-not-found';
      /** @constant */
      title: 'Order not found';
      /** @constant */
      status: 404;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'order-not-found';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Order not fulfillable */
    OrderNotFulfillableProblem: {
      /** @constant */
      type: '/problems/order-not-fulfillable';
      /** @constant */
      title: 'Order not fulfillable';
      /** @constant */
      status: 409;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'order-not-fulfillable';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
      orderStatus: string;
    };
    /** Order not refundable */
    OrderNotRefundableProblem: {
      /** @constant */
      type: '/problems/order-not-refundable';
      /** @constant */
      title: 'Order not refundable';
      /** @constant */
      status: 409;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'order-not-refundable';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
      orderStatus: string;
    };
    /** Overloaded */
    OverloadedProblem: {
      /** @constant */
      type: '/problems/overloaded';
      /** @constant */
      title: 'Overloaded';
      /** @constant */
      status: 503;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'overloaded';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
      retryAfter: number;
    };
    /** Payload too large */
    PayloadTooLargeProblem: {
      /** @constant */
      type: '/problems/payload-too-large';
      /** @constant */
      title: 'Payload too large';
      /** @constant */
      status: 413;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'payload-too-large';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Payment not captured */
    PaymentNotCapturedProblem: {
      /** @constant */
      type: '/problems/payment-not-captured';
      /** @constant */
      title: 'Payment not captured';
      /** @constant */
      status: 409;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'payment-not-captured';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Payment not found */
    PaymentNotFoundProblem: {
      /** @constant */
      type: '/problems/payment-not-found';
      /** @constant */
      title: 'Payment not found';
      /** @constant */
      status: 404;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'payment-not-found';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Payment provider unknown */
    PaymentProviderUnknownProblem: {
      /** @constant */
      type: '/problems/payment-provider-unknown';
      /** @constant */
      title: 'Payment provider unknown';
      /** @constant */
      status: 404;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'payment-provider-unknown';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
      provider: string;
    };
    /** Precondition failed */
    PreconditionFailedProblem: {
      /** @constant */
      type: '/problems/precondition-failed';
      /** @constant */
      title: 'Precondition failed';
      /** @constant */
      status: 412;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'precondition-failed';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Price changed */
    PriceChangedProblem: {
      /** @constant */
      type: '/problems/price-changed';
      /** @constant */
      title: 'Price changed';
      /** @constant */
      status: 409;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'price-changed';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
      expectedTotal: components['schemas']['Money'];
      total: components['schemas']['Money'];
    };
    /** Product not found */
    ProductNotFoundProblem: {
      /** @constant */
      type: '/problems/product-not-found';
      /** @constant */
      title: 'Product not found';
      /** @constant */
      status: 404;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'product-not-found';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Product not orderable */
    ProductNotOrderableProblem: {
      /** @constant */
      type: '/problems/product-not-orderable';
      /** @constant */
      title: 'Product not orderable';
      /** @constant */
      status: 422;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'product-not-orderable';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
      productIds: string[];
    };
    /** Quota exceeded */
    QuotaExceededProblem: {
      /** @constant */
      type: '/problems/quota-exceeded';
      /** @constant */
      title: 'Quota exceeded';
      /** @constant */
      status: 429;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'quota-exceeded';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Refund by amount and items */
    RefundByAmountAndItemsProblem: {
      /** @constant */
      type: '/problems/refund-by-amount-and-items';
      /** @constant */
      title: 'Refund by amount and items';
      /** @constant */
      status: 400;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'refund-by-amount-and-items';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Refund exceeds order */
    RefundExceedsOrderProblem: {
      /** @constant */
      type: '/problems/refund-exceeds-order';
      /** @constant */
      title: 'Refund exceeds order';
      /** @constant */
      status: 409;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'refund-exceeds-order';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
      items: {
        /** Format: uuid */
        productId: string;
        refundable: number;
        requested: number;
      }[];
    };
    /** Refund not failed */
    RefundNotFailedProblem: {
      /** @constant */
      type: '/problems/refund-not-failed';
      /** @constant */
      title: 'Refund not failed';
      /** @constant */
      status: 409;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'refund-not-failed';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
      refundStatus: string;
    };
    /** Refund not found */
    RefundNotFoundProblem: {
      /** @constant */
      type: '/problems/refund-not-found';
      /** @constant */
      title: 'Refund not found';
      /** @constant */
      status: 404;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'refund-not-found';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Refund too large */
    RefundTooLargeProblem: {
      /** @constant */
      type: '/problems/refund-too-large';
      /** @constant */
      title: 'Refund too large';
      /** @constant */
      status: 409;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'refund-too-large';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
      requested: components['schemas']['Money'];
      refundable: components['schemas']['Money'];
    };
    /** Request timeout */
    RequestTimeoutProblem: {
      /** @constant */
      type: '/problems/request-timeout';
      /** @constant */
      title: 'Request timeout';
      /** @constant */
      status: 408;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'request-timeout';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Reset token invalid */
    ResetTokenInvalidProblem: {
      /** @constant */
      type: '/problems/reset-token-invalid';
      /** @constant */
      title: 'Reset token invalid';
      /** @constant */
      status: 422;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'reset-token-invalid';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Restock without effect */
    RestockWithoutEffectProblem: {
      /** @constant */
      type: '/problems/restock-without-effect';
      /** @constant */
      title: 'Restock without effect';
      /** @constant */
      status: 400;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'restock-without-effect';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
      orderStatus: string;
    };
    /** Return exceeds request */
    ReturnExceedsRequestProblem: {
      /** @constant */
      type: '/problems/return-exceeds-request';
      /** @constant */
      title: 'Return exceeds request';
      /** @constant */
      status: 409;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'return-exceeds-request';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
      /** Format: uuid */
      productId: string;
      requested: number;
      received: number;
    };
    /** Return exceeds shipment */
    ReturnExceedsShipmentProblem: {
      /** @constant */
      type: '/problems/return-exceeds-shipment';
      /** @constant */
      title: 'Return exceeds shipment';
      /** @constant */
      status: 409;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'return-exceeds-shipment';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
      items: {
        /** Format: uuid */
        productId: string;
        requested: number;
        returnable: number;
      }[];
    };
    /** Return not found */
    ReturnNotFoundProblem: {
      /** @constant */
      type: '/problems/return-not-found';
      /** @constant */
      title: 'Return not found';
      /** @constant */
      status: 404;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'return-not-found';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Return not open */
    ReturnNotOpenProblem: {
      /** @constant */
      type: '/problems/return-not-open';
      /** @constant */
      title: 'Return not open';
      /** @constant */
      status: 409;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'return-not-open';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
      returnStatus: string;
    };
    /** Return window over */
    ReturnWindowOverProblem: {
      /** @constant */
      type: '/problems/return-window-over';
      /** @constant */
      title: 'Return window over';
      /** @constant */
      status: 422;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'return-window-over';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
      endedAt: string;
    };
    /** Route not found */
    RouteNotFoundProblem: {
      /** @constant */
      type: '/problems/route-not-found';
      /** @constant */
      title: 'Route not found';
      /** @constant */
      status: 404;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'route-not-found';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Service unavailable */
    ServiceUnavailableProblem: {
      /** @constant */
      type: '/problems/service-unavailable';
      /** @constant */
      title: 'Service unavailable';
      /** @constant */
      status: 503;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'service-unavailable';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Session not found */
    SessionNotFoundProblem: {
      /** @constant */
      type: '/problems/session-not-found';
      /** @constant */
      title: 'Session not found';
      /** @constant */
      status: 404;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'session-not-found';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Shipment exceeds order */
    ShipmentExceedsOrderProblem: {
      /** @constant */
      type: '/problems/shipment-exceeds-order';
      /** @constant */
      title: 'Shipment exceeds order';
      /** @constant */
      status: 409;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'shipment-exceeds-order';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
      items: {
        left: number;
        /** Format: uuid */
        productId: string;
        requested: number;
      }[];
    };
    /** Shipping method not found */
    ShippingMethodNotFoundProblem: {
      /** @constant */
      type: '/problems/shipping-method-not-found';
      /** @constant */
      title: 'Shipping method not found';
      /** @constant */
      status: 404;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'shipping-method-not-found';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Shipping method required */
    ShippingMethodRequiredProblem: {
      /** @constant */
      type: '/problems/shipping-method-required';
      /** @constant */
      title: 'Shipping method required';
      /** @constant */
      status: 422;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'shipping-method-required';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Shipping method taken */
    ShippingMethodTakenProblem: {
      /** @constant */
      type: '/problems/shipping-method-taken';
      /** @constant */
      title: 'Shipping method taken';
      /** @constant */
      status: 409;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'shipping-method-taken';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Shipping method unavailable */
    ShippingMethodUnavailableProblem: {
      /** @constant */
      type: '/problems/shipping-method-unavailable';
      /** @constant */
      title: 'Shipping method unavailable';
      /** @constant */
      status: 422;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'shipping-method-unavailable';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
      shippingMethod: string;
    };
    /** Sku taken */
    SkuTakenProblem: {
      /** @constant */
      type: '/problems/sku-taken';
      /** @constant */
      title: 'Sku taken';
      /** @constant */
      status: 409;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'sku-taken';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Stock changed */
    StockChangedProblem: {
      /** @constant */
      type: '/problems/stock-changed';
      /** @constant */
      title: 'Stock changed';
      /** @constant */
      status: 409;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'stock-changed';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
      expectedOnHand: number;
      onHand: number;
    };
    /** Stock too large */
    StockTooLargeProblem: {
      /** @constant */
      type: '/problems/stock-too-large';
      /** @constant */
      title: 'Stock too large';
      /** @constant */
      status: 422;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'stock-too-large';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Tax rate not found */
    TaxRateNotFoundProblem: {
      /** @constant */
      type: '/problems/tax-rate-not-found';
      /** @constant */
      title: 'Tax rate not found';
      /** @constant */
      status: 404;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'tax-rate-not-found';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Total not payable */
    TotalNotPayableProblem: {
      /** @constant */
      type: '/problems/total-not-payable';
      /** @constant */
      title: 'Total not payable';
      /** @constant */
      status: 422;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'total-not-payable';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
      total: components['schemas']['Money'];
    };
    /** Unauthorized */
    UnauthorizedProblem: {
      /** @constant */
      type: '/problems/unauthorized';
      /** @constant */
      title: 'Unauthorized';
      /** @constant */
      status: 401;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'unauthorized';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Unit limit exceeded */
    UnitLimitExceededProblem: {
      /** @constant */
      type: '/problems/unit-limit-exceeded';
      /** @constant */
      title: 'Unit limit exceeded';
      /** @constant */
      status: 409;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'unit-limit-exceeded';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
      /** Format: uuid */
      productId: string;
      limit: number;
      requested: number;
      alreadyOrdered: number;
    };
    /** Unpaid order limit */
    UnpaidOrderLimitProblem: {
      /** @constant */
      type: '/problems/unpaid-order-limit';
      /** @constant */
      title: 'Unpaid order limit';
      /** @constant */
      status: 409;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'unpaid-order-limit';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
      limit: number;
      unpaid: number;
    };
    /** Unpaid units limit */
    UnpaidUnitsLimitProblem: {
      /** @constant */
      type: '/problems/unpaid-units-limit';
      /** @constant */
      title: 'Unpaid units limit';
      /** @constant */
      status: 409;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'unpaid-units-limit';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
      limit: number;
      requested: number;
      inOrders: number;
      inHolds: number;
    };
    /** Unsupported media type */
    UnsupportedMediaTypeProblem: {
      /** @constant */
      type: '/problems/unsupported-media-type';
      /** @constant */
      title: 'Unsupported media type';
      /** @constant */
      status: 415;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'unsupported-media-type';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Uri too long */
    UriTooLongProblem: {
      /** @constant */
      type: '/problems/uri-too-long';
      /** @constant */
      title: 'Uri too long';
      /** @constant */
      status: 414;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'uri-too-long';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Username taken */
    UsernameTakenProblem: {
      /** @constant */
      type: '/problems/username-taken';
      /** @constant */
      title: 'Username taken';
      /** @constant */
      status: 409;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'username-taken';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Validation failed */
    ValidationFailedProblem: {
      /** @constant */
      type: '/problems/validation-failed';
      /** @constant */
      title: 'Validation failed';
      /** @constant */
      status: 400;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'validation-failed';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
      errors: components['schemas']['FieldError'][];
    };
    /** Verification token invalid */
    VerificationTokenInvalidProblem: {
      /** @constant */
      type: '/problems/verification-token-invalid';
      /** @constant */
      title: 'Verification token invalid';
      /** @constant */
      status: 422;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'verification-token-invalid';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Webhook delivery not found */
    WebhookDeliveryNotFoundProblem: {
      /** @constant */
      type: '/problems/webhook-delivery-not-found';
      /** @constant */
      title: 'Webhook delivery not found';
      /** @constant */
      status: 404;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'webhook-delivery-not-found';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Webhook delivery pending */
    WebhookDeliveryPendingProblem: {
      /** @constant */
      type: '/problems/webhook-delivery-pending';
      /** @constant */
      title: 'Webhook delivery pending';
      /** @constant */
      status: 409;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'webhook-delivery-pending';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Webhook endpoint disabled */
    WebhookEndpointDisabledProblem: {
      /** @constant */
      type: '/problems/webhook-endpoint-disabled';
      /** @constant */
      title: 'Webhook endpoint disabled';
      /** @constant */
      status: 409;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'webhook-endpoint-disabled';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Webhook endpoint not found */
    WebhookEndpointNotFoundProblem: {
      /** @constant */
      type: '/problems/webhook-endpoint-not-found';
      /** @constant */
      title: 'Webhook endpoint not found';
      /** @constant */
      status: 404;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'webhook-endpoint-not-found';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Webhook signature invalid */
    WebhookSignatureInvalidProblem: {
      /** @constant */
      type: '/problems/webhook-signature-invalid';
      /** @constant */
      title: 'Webhook signature invalid';
      /** @constant */
      status: 401;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'webhook-signature-invalid';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
    /** Webhook url refused */
    WebhookUrlRefusedProblem: {
      /** @constant */
      type: '/problems/webhook-url-refused';
      /** @constant */
      title: 'Webhook url refused';
      /** @constant */
      status: 422;
      /** @description This occurrence of the problem, for people. */
      detail: string;
      /** @example /requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
      instance: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      code: 'webhook-url-refused';
      /** @description The `X-Request-Id` of the answer. Quote it when you ask for help. */
      requestId: string;
    };
  };
  responses: never;
  parameters: never;
  requestBodies: never;
  headers: never;
  pathItems: never;
}
export interface operations {
  getLiveness: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Health'];
        };
      };
    };
  };
  getReadiness: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Health'];
        };
      };
    };
  };
  getMetrics: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /** @example orders_total 42 */
          'text/plain': string;
        };
      };
    };
  };
  listOutboxEvents: {
    parameters: {
      query?: {
        /** @description The most items in the answer. */
        limit?: number;
        status?: 'pending' | 'sent' | 'dead' | 'discarded';
        /** @description The `nextCursor` of the previous page, with the same filters and sort. */
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['OutboxEventList'];
        };
      };
    };
  };
  retryOutboxEvent: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['OutboxEvent'];
        };
      };
    };
  };
  discardOutboxEvent: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  listAuditEntries: {
    parameters: {
      query?: {
        /** @description The most items in the answer. */
        limit?: number;
        /** @description Only changes by this admin or API key. */
        actorId?: string;
        /** @description Only changes of this object. */
        objectId?: string;
        /** @description The `nextCursor` of the previous page, with the same filters and sort. */
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['AuditEntryList'];
        };
      };
    };
  };
  logIn: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "username": "ann",
         *       "password": "correct horse battery"
         *     }
         */
        'application/json': components['schemas']['LogIn'];
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['TokenPair'];
        };
      };
    };
  };
  refreshSession: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "refreshToken": "string"
         *     }
         */
        'application/json': components['schemas']['RefreshToken'];
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['TokenPair'];
        };
      };
    };
  };
  logOut: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "refreshToken": "string"
         *     }
         */
        'application/json': components['schemas']['RefreshToken'];
      };
    };
    responses: {
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  getJwks: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['JwkSet'];
        };
      };
    };
  };
  listApiKeys: {
    parameters: {
      query?: {
        /** @description The most items in the answer. */
        limit?: number;
        /** @description The `nextCursor` of the previous page, with the same filters and sort. */
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ApiKeyList'];
        };
      };
    };
  };
  createApiKey: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "name": "Warehouse scanner",
         *       "scopes": [
         *         "stock:write"
         *       ]
         *     }
         */
        'application/json': components['schemas']['IssueApiKey'];
      };
    };
    responses: {
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['IssuedApiKey'];
        };
      };
    };
  };
  revokeApiKey: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  listSessions: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Session'][];
        };
      };
    };
  };
  endOtherSessions: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  endSession: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  listCustomerSessions: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Session'][];
        };
      };
    };
  };
  endCustomerSessions: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  listCustomers: {
    parameters: {
      query?: {
        /** @description The most items in the answer. */
        limit?: number;
        /** @description The `nextCursor` of the previous page, with the same filters and sort. */
        cursor?: string;
        /** @description A part of the username or the e-mail address, in any case. */
        q?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['CustomerList'];
        };
      };
    };
  };
  registerCustomer: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "email": "ann@example.com",
         *       "username": "ann",
         *       "password": "correct horse battery"
         *     }
         */
        'application/json': components['schemas']['RegisterCustomer'];
      };
    };
    responses: {
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Customer'];
        };
      };
    };
  };
  getMe: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Customer'];
        };
      };
    };
  };
  deleteMe: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "password": "correct horse battery"
         *     }
         */
        'application/json': components['schemas']['DeleteAccount'];
      };
    };
    responses: {
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  updateMe: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        /** @example {} */
        'application/json': components['schemas']['ChangeAccount'];
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Customer'];
        };
      };
    };
  };
  getCustomer: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Customer'];
        };
      };
    };
  };
  deleteCustomer: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  updateCustomer: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        /** @example {} */
        'application/json': components['schemas']['GovernCustomer'];
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Customer'];
        };
      };
    };
  };
  requestPasswordReset: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "email": "ann@example.com"
         *     }
         */
        'application/json': components['schemas']['RequestPasswordReset'];
      };
    };
    responses: {
      202: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  confirmPasswordReset: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "password": "tr0ub4dor and three",
         *       "token": "01930a2e7c4f7d319a523c5b7e0f1a44Zm9yIGV4YW1wbGUgb25seSwgbm90IGEgcmVhbCB0b2"
         *     }
         */
        'application/json': components['schemas']['ConfirmPasswordReset'];
      };
    };
    responses: {
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  verifyEmail: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "token": "01930a2e7c4f7d319a523c5b7e0f1a44Zm9yIGV4YW1wbGUgb25seSwgbm90IGEgcmVhbCB0b2"
         *     }
         */
        'application/json': components['schemas']['OneTimeToken'];
      };
    };
    responses: {
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  requestEmailVerification: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      202: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  requestCustomerPasswordReset: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      202: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  listAddresses: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['BookedAddress'][];
        };
      };
    };
  };
  addAddress: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "name": "Ann Lee",
         *       "line1": "12 Mill Lane",
         *       "city": "Leeds",
         *       "postalCode": "LS1 4AP",
         *       "country": "GB"
         *     }
         */
        'application/json': components['schemas']['SaveAddress'];
      };
    };
    responses: {
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['BookedAddress'];
        };
      };
    };
  };
  replaceAddress: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "name": "Ann Lee",
         *       "line1": "12 Mill Lane",
         *       "city": "Leeds",
         *       "postalCode": "LS1 4AP",
         *       "country": "GB"
         *     }
         */
        'application/json': components['schemas']['SaveAddress'];
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['BookedAddress'];
        };
      };
    };
  };
  removeAddress: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  listCategories: {
    parameters: {
      query?: {
        /** @description The most items in the answer. */
        limit?: number;
        /** @description The `nextCursor` of the previous page, with the same filters and sort. */
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['CategoryList'];
        };
      };
    };
  };
  createCategory: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "name": "Decoration"
         *     }
         */
        'application/json': components['schemas']['CreateCategory'];
      };
    };
    responses: {
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Category'];
        };
      };
    };
  };
  deleteCategory: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  updateCategory: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        /** @example {} */
        'application/json': components['schemas']['ChangeCategory'];
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Category'];
        };
      };
    };
  };
  listProducts: {
    parameters: {
      query?: {
        /** @description The most items in the answer. */
        limit?: number;
        /** @description A category: products in it, or in any category below it. */
        category?: string;
        minPrice?: string;
        maxPrice?: string;
        sort?: 'name' | '-name' | 'price' | '-price' | 'createdAt' | '-createdAt';
        /**
         * @description Words, in any order, each a part of the name, the SKU or the description. Case and accents do not count: `cafe`
         *     finds `Café`.
         */
        q?: string;
        /** @description The id in another system. */
        externalId?: string;
        /** @description True for products in stock only, false for all. The default is true for customers and false for admins. */
        inStock?: boolean;
        /** @description For admins only: products on sale (true) or off sale (false). Others see products on sale. */
        active?: boolean;
        /** @description For admins only: true for products with at most `lowStockThreshold` units on hand, sold-out ones included. */
        lowStock?: boolean;
        /** @description The `nextCursor` of the previous page, with the same filters and sort. */
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProductList'];
        };
      };
    };
  };
  createProduct: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "sku": "LANTERN-7",
         *       "name": "White hanging heart t-light holder",
         *       "price": {
         *         "amount": "12.50",
         *         "currency": "GBP"
         *       }
         *     }
         */
        'application/json': components['schemas']['CreateProduct'];
      };
    };
    responses: {
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Product'];
        };
      };
    };
  };
  listProductChanges: {
    parameters: {
      query?: {
        /** @description The most items in the answer. */
        limit?: number;
        /** @description The `nextCursor` of the previous page, with the same filters and sort. */
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProductChanges'];
        };
      };
    };
  };
  getProduct: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Product'];
        };
      };
    };
  };
  deleteProduct: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  updateProduct: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        /** @example {} */
        'application/json': components['schemas']['ChangeProduct'];
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Product'];
        };
      };
    };
  };
  listStockAdjustments: {
    parameters: {
      query?: {
        /** @description The most items in the answer. */
        limit?: number;
        /** @description The `nextCursor` of the previous page, with the same filters and sort. */
        cursor?: string;
      };
      header?: never;
      path: {
        /** @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['StockMovementList'];
        };
      };
    };
  };
  adjustStock: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "delta": -3,
         *       "reason": "three broken in the warehouse"
         *     }
         */
        'application/json': components['schemas']['AdjustStock'];
      };
    };
    responses: {
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['StockMovement'];
        };
      };
    };
  };
  importProducts: {
    parameters: {
      query?: {
        /** @description Columns of the file and the columns that they stand for, `theirs:ours`; `theirs:` leaves a column out. */
        map?: string[];
        /** @description The currency of prices without one; without it the shop's, if all products share one. */
        currency?: string;
        /** @description Creates the categories of paths that do not exist. */
        createCategories?: boolean;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'text/csv': string;
      };
    };
    responses: {
      /** @description One result a row. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Import'];
          /**
           * @example {"progress":{"done":0,"total":2}}
           *     {"row":2,"sku":"85123A","result":"created","productId":"01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44"}
           *     {"row":3,"sku":"71053","result":"refused","errors":[{"column":"stock","code":"is-int","detail":"stock must be an integer number"}]}
           *     {"progress":{"done":2,"total":2}}
           *     {"summary":{"created":1,"changed":0,"unchanged":0,"refused":1}}
           */
          'application/x-ndjson': string;
        };
      };
    };
  };
  exportProducts: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The file. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example sku,externalId,name,description,category,price,currency,stock,active,unitLimit,images
           *     "71053",,"Lantern, ""antique"" white","","Home > Lights","3.39","GBP",12,true,,"https://images.example/lantern-7.jpg https://images.example/lantern-7-lit.jpg"
           */
          'text/csv': string;
        };
      };
    };
  };
  listShippingMethods: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ShippingMethod'][];
        };
      };
    };
  };
  addShippingMethod: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "code": "standard",
         *       "name": "Standard, 2 to 4 days",
         *       "price": {
         *         "amount": "12.50",
         *         "currency": "GBP"
         *       }
         *     }
         */
        'application/json': components['schemas']['CreateShippingMethod'];
      };
    };
    responses: {
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ShippingMethod'];
        };
      };
    };
  };
  deleteShippingMethod: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example express */
        code: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  updateShippingMethod: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example express */
        code: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        /** @example {} */
        'application/json': components['schemas']['ChangeShippingMethod'];
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ShippingMethod'];
        };
      };
    };
  };
  getTaxRate: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example GB */
        country: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['TaxRate'];
        };
      };
    };
  };
  setTaxRate: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example GB */
        country: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "rate": "20",
         *       "inclusive": true
         *     }
         */
        'application/json': components['schemas']['SetTaxRate'];
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['TaxRate'];
        };
      };
    };
  };
  deleteTaxRate: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example GB */
        country: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  listOrders: {
    parameters: {
      query?: {
        /** @description The most items in the answer. */
        limit?: number;
        status?: 'reserved' | 'payment_pending' | 'paid' | 'fulfilled' | 'canceled';
        /** @description Order number, or its beginning: `202611` finds all orders of that month. */
        number?: string;
        /** @description Finds orders placed at this moment or later. Encode a `+` as `%2B`. */
        placedAfter?: string;
        /** @description Finds orders placed before this moment. Encode a `+` as `%2B`. */
        placedBefore?: string;
        /** @description Finds orders with a line of this product. */
        productId?: string;
        /** @description Only for admins; ignored for customers, who see their own orders. */
        customerId?: string;
        /** @description An order number, its beginning, or a customer's username or e-mail address. For admins; ignored for customers. */
        q?: string;
        /** @description The `nextCursor` of the previous page, with the same filters and sort. */
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['OrderList'];
        };
      };
    };
  };
  placeOrder: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "items": [
         *         {
         *           "productId": "01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44",
         *           "quantity": 2
         *         }
         *       ]
         *     }
         */
        'application/json': components['schemas']['PlaceOrder'];
      };
    };
    responses: {
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Order'];
        };
      };
    };
  };
  getOrder: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Order'];
        };
      };
    };
  };
  getOrderHistory: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['OrderTransition'][];
        };
      };
    };
  };
  cancelOrder: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Order'];
        };
      };
    };
  };
  exportOrders: {
    parameters: {
      query?: {
        status?: 'reserved' | 'payment_pending' | 'paid' | 'fulfilled' | 'canceled';
        /** @description Order number, or its beginning: `202611` finds all orders of that month. */
        number?: string;
        /** @description Finds orders placed at this moment or later. Encode a `+` as `%2B`. */
        placedAfter?: string;
        /** @description Finds orders placed before this moment. Encode a `+` as `%2B`. */
        placedBefore?: string;
        /** @description Finds orders with a line of this product. */
        productId?: string;
        /** @description Only for admins; ignored for customers, who see their own orders. */
        customerId?: string;
        /** @description An order number, its beginning, or a customer's username or e-mail address. For admins; ignored for customers. */
        q?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The file. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example number,orderId,placedAt,status,customerId,sku,name,quantity,unitPrice,lineSubtotal,currency,subtotal,shipping,shippingMethod,tax,taxInclusive,total,refunded,country
           *     20261121-7K3M9-QXW2A,01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44,2026-11-21T10:00:00.000Z,paid,01930a2e-7c4f-7d31-9a52-3c5b7e0f1a45,85123A,"Lantern, white",2,3.39,6.78,GBP,6.78,4.99,standard,1.96,true,11.77,0.00,GB
           */
          'text/csv': string;
        };
      };
    };
  };
  listOrderNotes: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['OrderNote'][];
        };
      };
    };
  };
  writeOrderNote: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "text": "Asked for delivery after 18:00"
         *     }
         */
        'application/json': components['schemas']['WriteOrderNote'];
      };
    };
    responses: {
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['OrderNote'];
        };
      };
    };
  };
  getCart: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Cart'];
        };
      };
    };
  };
  clearCart: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  addCartItems: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "productId": "01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44",
         *       "quantity": 2
         *     }
         */
        'application/json': components['schemas']['AddToCart'];
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Cart'];
        };
      };
    };
  };
  setCartItem: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
        productId: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "quantity": 3
         *     }
         */
        'application/json': components['schemas']['SetQuantity'];
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Cart'];
        };
      };
    };
  };
  removeCartItem: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
        productId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Cart'];
        };
      };
    };
  };
  checkOutCart: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        /** @example {} */
        'application/json': components['schemas']['Checkout'];
      };
    };
    responses: {
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Order'];
        };
      };
    };
  };
  receivePaymentWebhook: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example simulator */
        provider: 'simulator' | 'stripe' | 'paypal';
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "type": "payment.succeeded",
         *       "id": "evt_1",
         *       "data": {}
         *     }
         */
        'application/json': components['schemas']['Webhook'];
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['WebhookReceipt'];
        };
      };
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['WebhookReceipt'];
        };
      };
    };
  };
  listRefunds: {
    parameters: {
      query?: {
        /** @description The most items in the answer. */
        limit?: number;
        status?: 'requested' | 'pending' | 'succeeded' | 'failed';
        orderId?: string;
        /** @description The `nextCursor` of the previous page, with the same filters and sort. */
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['RefundList'];
        };
      };
    };
  };
  retryRefund: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Refund'];
        };
      };
    };
  };
  listFulfilments: {
    parameters: {
      query?: {
        /** @description The most items in the answer. */
        limit?: number;
        status?: 'open' | 'partial' | 'done';
        orderId?: string;
        /** @description The `nextCursor` of the previous page, with the same filters and sort. */
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['FulfilmentList'];
        };
      };
    };
  };
  getFulfilment: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Fulfilment'];
        };
      };
    };
  };
  shipItems: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        /** @example {} */
        'application/json': components['schemas']['ShipItems'];
      };
    };
    responses: {
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['OrderShipment'];
        };
      };
    };
  };
  fulfilOrder: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        /** @example {} */
        'application/json': components['schemas']['FulfilOrder'];
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Order'];
        };
      };
    };
  };
  refundOrder: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "reason": "arrived broken"
         *     }
         */
        'application/json': components['schemas']['RefundOrder'];
      };
    };
    responses: {
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Order'];
        };
      };
    };
  };
  requestReturn: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "items": [
         *         {
         *           "productId": "01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44",
         *           "quantity": 2
         *         }
         *       ],
         *       "reason": "too small"
         *     }
         */
        'application/json': components['schemas']['RequestReturn'];
      };
    };
    responses: {
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Return'];
        };
      };
    };
  };
  listReturns: {
    parameters: {
      query?: {
        /** @description The most items in the answer. */
        limit?: number;
        status?: 'requested' | 'received' | 'rejected';
        /** @description The `nextCursor` of the previous page, with the same filters and sort. */
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ReturnList'];
        };
      };
    };
  };
  receiveReturn: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "items": [
         *         {
         *           "productId": "01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44"
         *         }
         *       ]
         *     }
         */
        'application/json': components['schemas']['ReceiveReturn'];
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Return'];
        };
      };
    };
  };
  rejectReturn: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "reason": "The goods are worn."
         *     }
         */
        'application/json': components['schemas']['RejectReturn'];
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Return'];
        };
      };
    };
  };
  listWebhookEndpoints: {
    parameters: {
      query?: {
        /** @description The most items in the answer. */
        limit?: number;
        /** @description The `nextCursor` of the previous page, with the same filters and sort. */
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['EndpointList'];
        };
      };
    };
  };
  createWebhookEndpoint: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "url": "https://example.com/hooks/holdfast"
         *     }
         */
        'application/json': components['schemas']['RegisterEndpoint'];
      };
    };
    responses: {
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['EndpointWithSecret'];
        };
      };
    };
  };
  getWebhookEndpoint: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Endpoint'];
        };
      };
    };
  };
  deleteWebhookEndpoint: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  updateWebhookEndpoint: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        /** @example {} */
        'application/json': components['schemas']['ChangeEndpoint'];
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Endpoint'];
        };
      };
    };
  };
  rotateWebhookSecret: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['EndpointWithSecret'];
        };
      };
    };
  };
  listWebhookDeliveries: {
    parameters: {
      query?: {
        /** @description The most items in the answer. */
        limit?: number;
        status?: 'pending' | 'sent' | 'dead';
        /** @description The `nextCursor` of the previous page, with the same filters and sort. */
        cursor?: string;
      };
      header?: never;
      path: {
        /** @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['DeliveryList'];
        };
      };
    };
  };
  redeliverWebhook: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
        id: string;
        /** @example 01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44 */
        eventId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      202: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  listInventoryFeeds: {
    parameters: {
      query?: {
        /** @description The most items in the answer. */
        limit?: number;
        /** @description The `nextCursor` of the previous page, with the same filters and sort. */
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['FeedList'];
        };
      };
    };
  };
  sendInventoryFeed: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "source": "erp",
         *       "takenAt": "2026-11-28T06:00:00.000Z",
         *       "items": [
         *         {
         *           "sku": "85123A",
         *           "onHand": 40
         *         }
         *       ]
         *     }
         */
        'application/json': components['schemas']['SendFeed'];
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['FeedResult'];
        };
      };
    };
  };
  getInventoryDrift: {
    parameters: {
      query?: {
        /** @description Only the counts of this system. */
        source?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Drift'][];
        };
      };
    };
  };
}
