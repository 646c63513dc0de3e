import { assign } from './assign';

class Parcel {
  readonly status: 'packed' | 'sent' = 'packed';
  readonly weight: number = 0;

  send(): void {
    assign<Parcel>(this, { status: 'sent' });
  }
}

describe('assigning fields', () => {
  it('changes those that are given, and no others', () => {
    const parcel = new Parcel();
    parcel.send();
    expect(parcel).toEqual({ status: 'sent', weight: 0 });
  });

  // Each of these lines must not compile: `npm run lint` fails on an expected error that does not occur.
  it('compiles only for fields of the class, with values of their types', () => {
    const parcel = new Parcel();
    // @ts-expect-error a typo in the name of a field
    assign<Parcel>(parcel, { stauts: 'sent' });
    // @ts-expect-error a value that the field cannot have
    assign<Parcel>(parcel, { status: 'lost' });
    // @ts-expect-error a value of another type
    assign<Parcel>(parcel, { weight: '3' });
    // @ts-expect-error the class is not named, so nothing could be checked
    assign(parcel, { status: 'sent' });
    expect(parcel.status).toBe('sent');
  });
});
