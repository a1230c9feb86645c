import type { KeyName } from '../foundation/secret.js'

/** What an operator does, as root, to replace keys that systemd hands over: the new one comes before those that there are. */
export function stepsToReplace(names: KeyName[]): string[] {
  return steps(names, clear => `(head -c 32 /dev/urandom; cat ${clear})`)
}

/** The same, to forget all but the newest, which are the first 32 bytes. */
export function stepsToForget(names: KeyName[]): string[] {
  return steps(names, clear => `head -c 32 ${clear}`)
}

// Where a line fails, the key that is sealed stays as it was.
function steps(names: KeyName[], output: (clear: string) => string): string[] {
  return [
    'systemctl stop handpress; cd /etc/handpress; umask 077',
    ...names.flatMap(name => {
      const clear = `/dev/shm/${name}`
      return [
        `systemd-creds decrypt --name=${name} ${name} ${clear} && ${output(clear)} | systemd-creds encrypt --name=${name} - ${name}.new && mv ${name}.new ${name}`,
        `shred -u ${clear}`,
      ]
    }),
    'systemctl start handpress',
  ]
}
