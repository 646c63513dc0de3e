import type { CategoryPlace } from '@holdfast/catalog';

const LONGEST_NAME = 100;
const IS_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Categories as files name them: by the path from the top (`Home > Lights`), or by id. */
export class CategoryNames {
  private readonly places: Map<string, CategoryPlace>;
  private readonly ids: Map<string, string>;

  constructor(places: CategoryPlace[]) {
    this.places = new Map(places.map((place) => [place.id, place]));
    this.ids = new Map(places.map(({ id }) => [folded(this.nameOf(id)), id]));
  }

  /** The path; the id, where a name on the path contains `>`. */
  nameOf(id: string): string {
    const names = this.namesTo(id);
    return names.some((name) => name.includes('>')) ? id : names.join(' > ');
  }

  /** Letter case and blanks around `>` do not count. */
  idOf(text: string): string | undefined {
    const id = text.toLowerCase();
    return this.places.has(id) ? id : this.ids.get(folded(text));
  }

  /** The names along a path that a category can be created at; undefined for text that is no path. */
  static pathOf(text: string): string[] | undefined {
    const names = text.split('>').map((name) => name.trim());
    const isPath = names.every((name) => name !== '' && [...name].length <= LONGEST_NAME && !IS_ID.test(name));
    return isPath ? names : undefined;
  }

  private namesTo(id: string | null): string[] {
    const place = id === null ? undefined : this.places.get(id);
    return place ? [...this.namesTo(place.parentId), place.name] : [];
  }
}

const folded = (path: string): string => path.toLowerCase().replaceAll(/\s*>\s*/g, ' > ');
