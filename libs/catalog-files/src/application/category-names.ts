import type { CategoryName, CategoryPlace } from '@holdfast/catalog';

const LONGEST_NAME = 100;
const IS_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const ABOVE = '>';

/** Categories as files name them: by the path from the top (`Home > Lights`), or by id. */
export class CategoryNames {
  private readonly places: Map<string, CategoryPlace>;
  private readonly ids = new Map<string, string>();

  /** `keys`: those of all names that {@link namesIn} finds in the file. */
  constructor(
    places: readonly CategoryPlace[],
    private readonly keys: ReadonlyMap<string, string> = new Map(),
  ) {
    this.places = new Map(places.map((place) => [place.id, place]));
    for (const { id } of places) {
      const path = this.pathTo(id);
      if (isPath(path)) this.ids.set(idOfKeys(path.map(({ key }) => key)), id);
    }
  }

  /** The names in a path, blanks around them aside. */
  static namesIn(text: string): string[] {
    return text.split(ABOVE).map((name) => name.trim());
  }

  /** The path; the id, where a name on the path contains `>`. */
  nameOf(id: string): string {
    const path = this.pathTo(id);
    return isPath(path) ? path.map(({ name }) => name).join(` ${ABOVE} `) : id;
  }

  /** Undefined for a category that does not exist. */
  idOf(text: string): string | undefined {
    const id = text.toLowerCase();
    return this.places.has(id) ? id : this.ids.get(idOfKeys(this.named(text).map(({ key }) => key)));
  }

  /** The names along a path that a category can be created at; undefined for text that is no path. */
  newPathOf(text: string): CategoryName[] | undefined {
    const path = this.named(text);
    const isNew = path.every(({ name }) => name !== '' && [...name].length <= LONGEST_NAME && !IS_ID.test(name));
    return isNew ? path : undefined;
  }

  private named(text: string): CategoryName[] {
    return CategoryNames.namesIn(text).map((name) => ({ name, key: this.keys.get(name) ?? name }));
  }

  private pathTo(id: string | null): CategoryName[] {
    const place = id === null ? undefined : this.places.get(id);
    return place ? [...this.pathTo(place.parentId), place] : [];
  }
}

/** Whether a file can name the category by its path. */
const isPath = (path: readonly CategoryName[]): boolean => !path.some(({ name }) => name.includes(ABOVE));

const idOfKeys = (keys: readonly string[]): string => JSON.stringify(keys);
