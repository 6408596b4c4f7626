/** Helpers for rows of the table of options. */
import type { Option, Read, Sourced } from './option.js'

/** Checks a row and keeps its exact types. */
export const row = <Type, Default extends Read<Type> | null>(option: Option<Type, Default>) => option

export const live = { besideNginxConf: true, reload: 'live', secret: false } as const
export const restart = { besideNginxConf: true, reload: 'restart', secret: false } as const
/** For options that an nginx.conf sets with its own directive. */
export const ofNginx = {
  besideNginxConf: {
    message: 'the nginx.conf already decides this',
    hint: 'take the line out, or leave --nginx-conf out',
  },
  reload: 'live',
  secret: false,
} as const

export const none = { value: null, text: 'none', where: 'default' } as const
export const nothing: readonly Sourced<never>[] = []
export const emptyList = { value: nothing, text: 'none', where: 'default' } as const
/** A default that messages call by its own value. */
export const named = <T extends string>(value: T) => ({ value, text: value as string, where: value as string })
export const isDefault = <T>(value: T, text: string) => ({ value, text, where: 'default' })
export const namesTheFile = { never: 'it names the file itself' }
