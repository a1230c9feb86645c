import { spawn } from 'node:child_process'

/**
 * What a command prints on a terminal of its own.
 * @param answers what somebody types when they are asked, by the beginning of the question, in this order
 */
export function onTerminal(words: string[], answers: Record<string, string>): Promise<string> {
  const quoted = words.map(word => `'${word}'`).join(' ')
  const child = spawn('script', ['-qec', quoted, '/dev/null'])
  const due = Object.entries(answers)
  let printed = ''
  child.stdout.setEncoding('utf8').on('data', chunk => {
    printed += chunk
    const [question, answer] = due[0] ?? []
    if (question === undefined || !printed.includes(question)) return
    due.shift()
    child.stdin.write(answer)
  })
  return new Promise(resolve => child.on('close', () => resolve(printed)))
}
