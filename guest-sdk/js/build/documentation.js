// Comments above definitions, for `describe`.

const COMMENT = /\/\*\*(?!\/)((?:(?!\*\/)[\s\S])*)\*\/\s*(?:export\s+)?(?:const(?!\s+enum\b)|let|var|class|function\*?)\s+([\p{L}_$][\p{L}\p{N}_$]*)/gu;

/** The text of a comment without its stars. */
function textOf(comment) {
  return comment.split('\n').map((line) => line.replace(/^\s*\* ?/, '').trimEnd()).join('\n').trim();
}

/** A module with a call behind it for each documented name. No line of it moves. */
export function documented(source) {
  if (!/^\s*(export|import)\b/m.test(source)) return source;
  const calls = [];
  for (const [, comment, name] of source.matchAll(COMMENT)) {
    calls.push(`arrowboxDocument(() => ${name}, ${JSON.stringify(textOf(comment))});`);
  }
  if (calls.length === 0) return source;
  return `${source}\nimport { documentLater as arrowboxDocument } from 'arrowbox-sdk/document'; ${calls.join(' ')}\n`;
}
