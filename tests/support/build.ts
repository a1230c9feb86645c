import { execFileSync } from 'node:child_process'
import { programFolder } from '../../src/config.js'

/** Tests that start the program as its users do need it built, styles and scripts included. */
export default function build(): void {
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: programFolder, stdio: 'inherit' })
}
