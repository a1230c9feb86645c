import type { KeyName } from '../foundation/secret.js'

const sealed = (name: KeyName) =>
  `systemd-creds encrypt --name=${name} - ${name}.new && mv ${name}.new ${name}`

/** What an operator does, as root, to replace a key that systemd hands over: the new one comes before those that there are. */
export function stepsToReplace(name: KeyName): string[] {
  return [
    'systemctl stop handpress; cd /etc/handpress; umask 077',
    `systemd-creds decrypt --name=${name} ${name} /dev/shm/${name} && (head -c 32 /dev/urandom; cat /dev/shm/${name}) | ${sealed(name)}`,
    `shred -u /dev/shm/${name}; systemctl start handpress`,
  ]
}

/** The same, to forget all but the newest, which are the first 32 bytes. */
export function stepsToForget(name: KeyName): string[] {
  return [
    'systemctl stop handpress; cd /etc/handpress; umask 077',
    `systemd-creds decrypt --name=${name} ${name} /dev/shm/${name} && head -c 32 /dev/shm/${name} | ${sealed(name)}`,
    `shred -u /dev/shm/${name}; systemctl start handpress`,
  ]
}
