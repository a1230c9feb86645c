import { isCommon } from './most-used-passwords.js'

/** What stands in every paper's program. */
const programNames = ['handpress', 'newsroom']

/**
 * Whether anybody would try it first: one pattern over and over, a run of neighbours, a name that stands on the
 * site with whatever figures and marks around it, or one of the passwords that most people use.
 * @param names what belongs to the account and the site
 */
export async function isGuessable(password: string, names: string[]): Promise<boolean> {
  const folded = fold(password)
  return (
    isRepetition(folded) ||
    isRun(folded) ||
    [...names, ...programNames].some(name => isName(folded, fold(name))) ||
    (await isCommon(folded))
  )
}

function isName(text: string, name: string): boolean {
  return text === name || (lettersOf(name) !== '' && lettersOf(text) === lettersOf(name))
}

function lettersOf(text: string): string {
  return text.replace(/[^\p{L}]+/gu, '')
}

function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(/\s+/g, '')
}

function isRepetition(text: string): boolean {
  return /^(.{1,4})\1*$/su.test(text)
}

function isRun(text: string): boolean {
  const steps = [...text].map((mark, index, all) => code(mark) - code(all[index - 1] ?? mark)).slice(1)
  return steps.every(step => step === steps[0] && Math.abs(step) === 1)
}

function code(mark: string): number {
  return mark.codePointAt(0) ?? 0
}
