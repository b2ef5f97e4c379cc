// The contract, beside the package: copied from `wit/` of the repository when the package is packed or installed.

import { cp, rm, stat } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';

const repository = fileURLToPath(new URL('../../../wit', import.meta.url));
const packed = fileURLToPath(new URL('../wit', import.meta.url));

/** The folder with the contract: that of the repository, or the copy in the package. */
export async function wit() {
  const found = await stat(`${repository}/../guest-sdk/js/build/wit.js`).then(() => true, () => false);
  return found ? repository : packed;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await rm(packed, { recursive: true, force: true });
  await cp(repository, packed, { recursive: true });
}
