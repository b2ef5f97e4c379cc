// Looks at a library before it is made a component: what it says of itself, or why it can not be loaded.

import { setPlaces, textOf } from './error.js';
import { Library } from './library.js';
import { places } from './places.js';

/** What a library says of itself, or the text of the error. */
export async function check(load, map) {
  setPlaces(places(map));
  try {
    const { functions } = new Library(await load());
    return { functions: functions.map(({ name, kind, columns }) => ({ name, kind, columns })) };
  } catch (error) {
    return { error: textOf(error) };
  }
}
