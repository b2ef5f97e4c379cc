// The table of contents of a component, and how a function of it is found.

import { KINDS, definitionOf, takes, typesOf } from './definition.js';
import { FunctionError } from './error.js';
import { pushField, writeArguments } from './schema.js';
import { sameLayout } from './types.js';
import { VERSION } from './version.js';

/** `geometricMean` is `geometric_mean` in SQL, which does not tell capitals from others. */
export const sqlName = (name) =>
  name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').replace(/([A-Z])([A-Z][a-z])/g, '$1_$2').toLowerCase();

/** Documentation that the build found above definitions. */
const documentation = new WeakMap();

/** What stands above a definition, unless the definition says something itself. */
export function document(value, text) {
  const definition = definitionOf(value);
  if (definition && !documentation.has(definition)) documentation.set(definition, text);
}

/** As {@link document}, of a name that is there if the comment was above a name of the module itself. */
export function documentLater(value, text) {
  try {
    document(value(), text);
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
  }
}

/** Functions of a module, by what it exports. */
export class Library {
  /** @param {Record<string, unknown>} exported the namespace of a module */
  constructor(exported) {
    /** Is told the grants of the function that is opened. */
    this.opening = () => {};
    this.entries = [];
    for (const [key, value] of Object.entries(exported)) {
      for (const definition of [value].flat().map(definitionOf)) {
        if (!definition) continue;
        const name = definition.name ?? (key === 'default' ? undefined : sqlName(key));
        if (name === undefined) throw new TypeError('what is exported as `default` needs a name: { name: \'…\' }');
        this.entries.push({ ...definition, definition, name });
      }
    }
    if (this.entries.length === 0) {
      throw new TypeError('the module exports no function of arrowbox-sdk: `export const gcd = scalar(…)`');
    }
    this.functions = this.describe();
  }

  /** Entries of one name and kind are one function with several signatures. */
  describe() {
    const functions = [];
    for (const entry of this.entries) {
      const text = entry.documentation || documentation.get(entry.definition) || '';
      const known = functions.find((other) => other.name === entry.name && other.kind === entry.kind);
      const other = functions.find((each) => each.name === entry.name && each.kind !== entry.kind);
      if (other) throw new TypeError(`\`${entry.name}\` is exported as a ${KINDS[other.kind]} and as a ${KINDS[entry.kind]}: name one of them otherwise`);
      if (known === undefined) {
        functions.push({
          name: entry.name, kind: entry.kind, signatures: [signature(entry)], volatility: entry.volatility, nulls: entry.nulls,
          grants: [...entry.grants], columns: entry.columns === true, documentation: text, entries: [entry],
        });
        continue;
      }
      const same = known.entries.some((other) => other.variadic === entry.variadic && other.args.length === entry.args.length
        && other.args.every((arg, index) => sameLayout(arg.type, entry.args[index].type)));
      if (same) throw new TypeError(`\`${entry.name}\` is exported twice with the same arguments`);
      if (known.columns !== (entry.columns === true)) {
        throw new TypeError(`\`${entry.name}\` is exported as a function of columns and as one that is none`);
      }
      const order = ['immutable', 'stable', 'volatile'];
      if (order.indexOf(entry.volatility) > order.indexOf(known.volatility)) known.volatility = entry.volatility;
      if (entry.nulls === 'called') known.nulls = 'called';
      for (const grant of entry.grants) if (!known.grants.includes(grant)) known.grants.push(grant);
      known.documentation ||= text;
      known.signatures.push(signature(entry));
      known.entries.push(entry);
    }
    return functions;
  }

  /** As the contract has it. */
  get description() {
    return { sdk: `arrowbox-sdk ${VERSION} (javascript)`, functions: this.functions.map(({ entries, ...described }) => described) };
  }

  /** The function of this kind and name that can be called with these arguments. */
  find(kind, name, fields) {
    const named = this.entries.filter((entry) => entry.kind === kind && entry.name === name);
    if (named.length === 0) throw unknown(kind, name);
    const types = fields.map((field) => field.type);
    const found = named.find((entry) => entry.anything || takes(entry, types));
    if (!found) throw new FunctionError(`${name} has no signature for ${typesOf(fields)}`);
    this.opening(this.functions.find((known) => known.kind === kind && known.name === name).grants);
    return found;
  }
}

export const unknown = (kind, name) => new FunctionError(`no such ${KINDS[kind]}: ${name}`);

function signature(entry) {
  if (entry.anything) {
    return { arguments: writeArguments([{ name: 'arguments', type: entry.anything }]), variadic: true, result: [] };
  }
  const result = [];
  for (const { name, type } of entry.result ?? []) pushField(name === '' ? entry.name : name, type, result);
  return { arguments: writeArguments(entry.args), variadic: entry.variadic, result };
}
