// What a component runs: the author's functions behind the exports of the contract.

import { setPlaces } from './error.js';
import { exportsOf } from './exports.js';
import { standIns } from './globals.js';
import { setHost } from './host.js';
import { Library } from './library.js';
import { places } from './places.js';

/**
 * The exports of a component.
 * @param {Record<string, unknown>} exported the namespace of the author's module
 * @param {object} host the imports of the contract
 * @param {() => object} [map] where lines of the bundle come from
 */
export function component(exported, host, map) {
  setHost(host);
  if (map) setPlaces(places(map));
  const library = new Library(exported);
  for (const entry of library.entries) entry.warm?.();
  library.opening = standIns(host);
  return exportsOf(library);
}
