// The functions, as they are outside of a component.

export function addOne(x) {
  return x + 1n;
}

export function gcd(a, b) {
  while (b !== 0n) [a, b] = [b, a % b];
  return a < 0n ? -a : a;
}

export function upper(text) {
  return text.toUpperCase();
}
