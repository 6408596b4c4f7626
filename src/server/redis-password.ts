/** The password of the Redis that gates share: from a file, because a configuration is read by many. */
import { readFile } from 'node:fs/promises'
import { ProblemsFound } from '../errors/problem.js'
import { Secret } from '../errors/secret.js'
import { troubleOf } from '../files/sight.js'
import type { Settings } from '../settings/settings.js'

/**
 * Without the end of its line. null where no file is named.
 * @throws ProblemsFound where the file cannot be read or is empty
 */
export async function readRedisPassword({ loginLimits }: Pick<Settings, 'loginLimits'>): Promise<Secret | null> {
  const redis = loginLimits?.redis ?? null
  if (redis === null || redis.passwordFile === null) return null
  const { passwordFile: file, where } = redis
  const problem = (message: string) =>
    new ProblemsFound([
      { where, message: `redis_password_file "${file}" ${message}`, hint: 'write the password into its first line' },
    ])
  const text = await readFile(file, 'utf8').catch(async (fault: unknown) => {
    throw problem(await troubleOf(file, fault))
  })
  const password = text.replace(/\r?\n$/, '')
  if (password === '') throw problem('is empty')
  return new Secret(password)
}
