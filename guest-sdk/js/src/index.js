// arrowbox-sdk in plain Node: what the host does in a query is done here in JavaScript.

import { fileURLToPath } from 'node:url';
import { setPlaces } from './error.js';
import { setHost } from './host.js';
import { node } from './node/host.js';

setHost(node);

const OWN = fileURLToPath(new URL('.', import.meta.url));

/** The first frame of a stack that is neither Node's nor this package's. */
setPlaces(({ file, line, column }) => {
  if (file.startsWith('node:')) return undefined;
  const path = file.startsWith('file:') ? fileURLToPath(file) : file;
  return path.startsWith(OWN) ? undefined : { file: path, line, column };
});

export * from './api.js';
