// What spreadsheets take for a formula when it begins a cell, whatever quotes stand around it (CWE-1236).
const formula = /^'*[=+\-@\t\r]/
const guarded = /^'+[=+\-@\t\r]/

/** A cell that no spreadsheet runs: with an apostrophe before what would be a formula. `unguarded` takes it away again. */
export function guardedCell(text: string): string {
  return formula.test(text) ? `'${text}` : text
}

/** A cell as it was before it was guarded. */
export function unguarded(text: string): string {
  return guarded.test(text) ? text.slice(1) : text
}
