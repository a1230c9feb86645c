import { isGuessable } from '../../../src/foundation/guessable.js'

const FEWEST = 15

/**
 * What is wrong with a passphrase that is to seal a key. Whoever takes the server can try passphrases for as long as they
 * like, so it has to be longer than a password.
 * @param names of the account and the site, which nobody may choose
 */
export async function passphraseProblem(passphrase: string, names: string[]): Promise<string | undefined> {
  if ([...passphrase].length < FEWEST)
    return `Use at least ${FEWEST} characters: six unrelated words are easy to keep in mind and hard to guess.`
  const belonging = names.flatMap(name => [name, name.split('@', 1)[0] ?? '']).filter(Boolean)
  if (await isGuessable(passphrase, belonging))
    return 'Choose a passphrase that nobody would try first: several words that you do not use together.'
}
