import { keepCompany } from './company.js'

/** Four people who search without a pause. Arguments: URL QUESTION… */
const SEARCHERS = 4

const [url = '', ...questions] = process.argv.slice(2)

keepCompany(async goesOn => {
  let searches = 0
  const searchers = Array.from({ length: SEARCHERS }, async (_, first) => {
    for (let n = first; goesOn(); n++, searches++) {
      const question = questions[n % questions.length] ?? ''
      const { status } = await fetch(`${url}/search?q=${encodeURIComponent(question)}`)
      if (status !== 200) throw new Error(`A search was answered ${status}.`)
    }
  })
  await Promise.all(searchers)
  return { searches }
})
