import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { soak } from './soak/index.js'
import { type Tenth, unevenIn } from './soak/level.js'

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '10000000' },
    minutes: { type: 'string', default: '1440' },
    json: { type: 'string' },
  },
})

const line = (cells: unknown[]) => `${cells.map(cell => String(cell).padStart(11)).join('')}\n`

function print(row: Tenth): void {
  if (row.tenth === 1) process.stdout.write(line(Object.keys(row)))
  process.stdout.write(line(Object.values(row)))
}

const { tenths, ...all } = await soak({
  ...{ requests: Number(values.requests), minutes: Number(values.minutes), onTenth: print },
})
const uneven = unevenIn(tenths)
process.stdout.write(`${JSON.stringify(all)}\n${uneven.length ? uneven.join('\n') : 'Level.'}\n`)
if (values.json) writeFileSync(values.json, JSON.stringify({ ...all, tenths, uneven }, null, 2))
process.exitCode = uneven.length ? 1 : 0
