// The parts of texts: a table function, which gives rows for each row.

import { FunctionError, int64, table, utf8 } from 'arrowbox-sdk';

/**
 * The parts of a text between delimiters, in their order: `index`, from one, and `part`.
 *
 * A text without a delimiter is one part, an empty one too; parts can be empty. Null has no parts.
 */
export const explode = table(
  { args: { text: utf8, delimiter: utf8 }, returns: { index: int64.number, part: utf8 } },
  (text, delimiter) => {
    if (delimiter === '') throw new FunctionError('the delimiter is empty: nothing is between two of them');
    return text.split(delimiter).map((part, index) => ({ index: index + 1, part }));
  },
);
