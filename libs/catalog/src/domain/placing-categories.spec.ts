import { CategoryTooDeep, CategoryUnderItself, CategoryUnknown } from './catalog.errors';
import { Category } from './category';
import { CategoryTree } from './category';

const AT = new Date('2026-01-02T03:04:05.678Z');
const LATER = new Date('2026-01-02T03:04:06.000Z');
/** `b` under `a`, and so on; `x` at the top. */
const places = [
  { id: 'a', parentId: null },
  { id: 'b', parentId: 'a' },
  { id: 'c', parentId: 'b' },
  { id: 'd', parentId: 'c' },
  { id: 'e', parentId: 'd' },
  { id: 'x', parentId: null },
  { id: 'y', parentId: 'x' },
];
const tree = new CategoryTree(places.map((place) => ({ ...place, key: place.id })));
const move = (id: string, parentId: string | null) => () => tree.ensurePlace(id, parentId);

describe('standing in the tree of categories', () => {
  it('is possible at the top, and under what is there', () => {
    for (const [id, parentId] of [
      ['new', null],
      ['new', 'd'],
      ['e', null],
      ['y', 'd'],
      ['x', 'c'],
    ] as const)
      expect(move(id, parentId)).not.toThrow();
  });

  it('is refused under what is not there', () => {
    expect(move('new', 'z')).toThrow(CategoryUnknown);
  });

  it('is refused under itself, and under whatever is under it', () => {
    for (const parentId of ['a', 'b', 'e']) expect(move('a', parentId)).toThrow(CategoryUnderItself);
  });

  it('is refused too deep, counting what comes with it', () => {
    expect(move('new', 'e')).toThrow(CategoryTooDeep);
    expect(move('y', 'e')).toThrow(CategoryTooDeep);
    expect(move('x', 'd')).toThrow(CategoryTooDeep);
    expect(move('a', 'x')).toThrow(CategoryTooDeep);
  });

  it('changes nothing, and records no event, when it is refused', () => {
    const category = Category.create({ name: 'Cups', parentId: 'x' }, tree, AT);
    expect(category.takeEvents()).toEqual([
      { type: 'catalog.category-created', categoryId: category.id, name: 'Cups', parentId: 'x' },
    ]);
    expect(() => category.change({ name: 'Mugs', parentId: 'e' }, tree, LATER)).toThrow(CategoryTooDeep);
    category.change({}, tree, LATER);
    expect([category.name, category.parentId, category.version]).toEqual(['Cups', 'x', 1]);
    expect(category.takeEvents()).toEqual([]);
    category.change({ parentId: null }, tree, LATER);
    expect(category).toMatchObject({ name: 'Cups', parentId: null, version: 2, updatedAt: LATER });
    expect(category.takeEvents()).toEqual([
      { type: 'catalog.category-changed', categoryId: category.id, parentId: null },
    ]);
  });
});
