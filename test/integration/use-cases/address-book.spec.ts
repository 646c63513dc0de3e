import { Test, type TestingModule } from '@nestjs/testing';
import { AddressBookModule, AddressBooks } from '@holdfast/address-book';
import { AccountsService, IdentityModule } from '@holdfast/identity';
import { loadSettings, OutboxRelay, OutboxRelayModule, PlatformModule } from '@holdfast/platform';
import { newId } from '@holdfast/shared-kernel';
import { databaseOptions } from '../../../ormconfig';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { testEnvironment } from '../../support/environment';
import { ADDRESS } from '../../support/shop';

describe('the address book', () => {
  let database: TestDatabase;
  let module: TestingModule;
  let books: AddressBooks;

  beforeAll(async () => {
    database = await createTestDatabase();
    const settings = loadSettings(testEnvironment(database.url));
    module = await Test.createTestingModule({
      imports: [
        PlatformModule.forRoot(settings, databaseOptions(settings)),
        IdentityModule,
        AddressBookModule,
        OutboxRelayModule,
      ],
    }).compile();
    books = module.get(AddressBooks);
  });
  afterAll(async () => {
    await module.close();
    await database.drop();
  });

  it('reads addresses back as they were written, with what was left out removed', async () => {
    const ann = newId();
    const first = await books.add(ann, { ...ADDRESS, line2: 'Flat 3', region: 'West Yorkshire' });
    expect(first).toEqual({ ...ADDRESS, id: first.id, line2: 'Flat 3', region: 'West Yorkshire', isDefault: true });
    expect(await books.list(ann)).toEqual([first]);
    const { phone: _, ...withoutPhone } = ADDRESS;
    const replaced = await books.replace(ann, first.id, { ...withoutPhone, city: 'York' });
    expect(replaced).toEqual({ ...withoutPhone, city: 'York', id: first.id, isDefault: true });
    expect(await books.list(ann)).toEqual([replaced]);
    expect(await books.find(ann, first.id)).toEqual({ ...withoutPhone, city: 'York' });
  });

  it('has one default, which moves when another is chosen and when it is removed', async () => {
    const ann = newId();
    const [a, b, c] = [await books.add(ann, ADDRESS), await books.add(ann, ADDRESS), await books.add(ann, ADDRESS)];
    const defaults = async () => (await books.list(ann)).filter(({ isDefault }) => isDefault).map(({ id }) => id);
    expect(await defaults()).toEqual([a.id]);
    await books.replace(ann, c.id, { ...ADDRESS, isDefault: true });
    expect(await defaults()).toEqual([c.id]);
    await books.replace(ann, c.id, { ...ADDRESS, isDefault: false });
    expect(await defaults()).toEqual([c.id]);
    await books.remove(ann, c.id);
    expect(await defaults()).toEqual([a.id]);
    await books.remove(ann, a.id);
    expect(await defaults()).toEqual([b.id]);
    await books.remove(ann, b.id);
    expect(await books.list(ann)).toEqual([]);
  });

  it('has at most 50 addresses and exactly one default, however many are added at once', async () => {
    const ann = newId();
    const adding = Array.from({ length: 60 }, () => books.add(ann, { ...ADDRESS, isDefault: true }));
    const results = await Promise.allSettled(adding);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(50);
    const refusals = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as object] : []));
    for (const refusal of refusals) expect(refusal).toMatchObject({ code: 'address-limit' });
    const list = await books.list(ann);
    expect([list.length, list.filter(({ isDefault }) => isDefault).length]).toEqual([50, 1]);
    await Promise.all(list.slice(0, 49).map(({ id }) => books.remove(ann, id)));
    expect(await books.list(ann)).toMatchObject([{ id: list[49].id, isDefault: true }]);
  });

  it('is closed to other customers', async () => {
    const [ann, bob] = [newId(), newId()];
    const { id } = await books.add(ann, ADDRESS);
    await expect(books.replace(bob, id, ADDRESS)).rejects.toMatchObject({ code: 'address-not-found' });
    await expect(books.remove(bob, id)).rejects.toMatchObject({ code: 'address-not-found' });
    expect([await books.find(bob, id), await books.list(bob)]).toEqual([undefined, []]);
  });

  it('is erased with the account', async () => {
    const accounts = module.get(AccountsService);
    const details = { username: 'ann', email: 'ann@example.com', password: 'correct horse battery' };
    const ann = await accounts.register(details);
    const bob = newId();
    for (const id of [ann.id, bob]) await books.add(id, ADDRESS);
    await accounts.close(ann.id, { id: bob, address: '192.0.2.1' });
    await module.get(OutboxRelay).deliverAtOnce(ann.id);
    expect([await books.list(ann.id), (await books.list(bob)).length]).toEqual([[], 1]);
    const rows = await database.query('SELECT FROM address_book.books WHERE customer_id = $1', [ann.id]);
    expect(rows).toHaveLength(0);
  });
});
