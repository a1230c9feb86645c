import { keepCompany } from './company.js'
import { editorAt } from './editor.js'
import { pause } from './server.js'
import { signUp } from './sign-ups.js'

/** A newsroom at work: an editor saves an article each second, and 50 people sign up each second. Arguments: URL ACCOUNT (as JSON). */
const SIGN_UPS = 50

const [url = '', account = '{}'] = process.argv.slice(2)
const editor = await editorAt(url, JSON.parse(account))

keepCompany(async goesOn => {
  const signUps: Promise<void>[] = []
  const clock = setInterval(() => signUps.push(signUp(url)), 1_000 / SIGN_UPS)
  let saves = 0
  for (; goesOn(); await pause(1_000), saves++) await editor.save()
  clearInterval(clock)
  await Promise.all(signUps)
  return { saves, 'sign-ups': signUps.length }
})
