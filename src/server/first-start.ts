/** Makes what a first start lacks: a certificate, and a user for the embedded registry. Nothing that exists is touched. */
import { open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { defaultDays } from '../certificates/create.js'
import { createInFolder } from '../certificates/create-in-folder.js'
import { defaultNames } from '../certificates/default-names.js'
import type { CertificateDescription } from '../certificates/describe.js'
import { ProblemsFound } from '../errors/problem.js'
import { Secret } from '../errors/secret.js'
import { makeFolders } from '../files/make-folders.js'
import type { Plan } from '../settings/fill-in.js'
import { createEntry } from '../users/htpasswd/edit.js'
import { randomPassword } from '../users/htpasswd/random-password.js'

export interface Made {
  readonly certificate: { readonly file: string; readonly description: CertificateDescription } | null
  readonly user: { readonly name: string; readonly password: Secret; readonly file: string } | null
}

const userName = 'admin'

/**
 * @param passwordFile where the password is kept when nobody is there to read it (mode 0600); null where it is shown instead
 * @throws ProblemsFound where a folder or file cannot be written; what was made before it stays
 */
export async function makeMissing(plan: Plan, hosts: readonly string[], passwordFile: string | null): Promise<Made> {
  let certificate: Made['certificate'] = null
  if (plan.missing.certificateIn !== null) {
    const result = await createInFolder({
      folder: plan.missing.certificateIn,
      names: defaultNames({ hosts, ips: [] }),
      algorithm: null,
      days: defaultDays,
      authority: false,
      force: false,
      now: new Date(),
    })
    certificate = { file: result.certFile, description: result.description }
  }
  const { usersFile } = plan.missing
  if (usersFile === null) return { certificate, user: null }
  const password = new Secret(randomPassword())
  const { line } = await createEntry(userName, password.reveal())
  // The password first: a user whose password nobody knows would be worse than a password without a user.
  if (passwordFile !== null) await writeNew(passwordFile, `${password.reveal()}\n`, 'w')
  await writeNew(usersFile, `${line}\n`, 'wx')
  return { certificate, user: { name: userName, password, file: usersFile } }
}

/** Where the password of a first start is kept. */
export const firstPasswordFile = (dataFolder: string): string => join(dataFolder, 'first-password')

async function writeNew(file: string, text: string, flag: 'w' | 'wx'): Promise<void> {
  try {
    await makeFolders(dirname(file))
    const handle = await open(file, flag, 0o600)
    try {
      await handle.chmod(0o600)
      await handle.writeFile(text)
      await handle.sync()
    } finally {
      await handle.close()
    }
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw new ProblemsFound([
      {
        where: file,
        message: `cannot be written (${reason})`,
        hint: 'start in a folder that this user may write to, or name other places with --data and --htpasswd',
      },
    ])
  }
}
