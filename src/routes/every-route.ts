/** Every route of a configuration, wherever it stands: in a server, a location, or an `if`. */
import type { Listener, Location, Route, Step } from './model.js'

export function everyRoute(listeners: readonly Listener[]): readonly Route[] {
  return listeners.flatMap(listener => listener.servers).flatMap(routesBelow)
}

function routesBelow(place: Pick<Location, 'route' | 'steps' | 'locations'>): readonly Route[] {
  return [...routesOf(place), ...place.locations.flatMap(routesBelow)]
}

/** Its own and those of its `if`s, without those of the locations within it. */
export function routesOf({ route, steps }: Pick<Location, 'route' | 'steps'>): readonly Route[] {
  return [route, ...routesOfSteps(steps)]
}

function routesOfSteps(steps: readonly Step[]): readonly Route[] {
  return steps.flatMap(step =>
    step.kind === 'if' ? [...(step.route === null ? [] : [step.route]), ...routesOfSteps(step.steps)] : [],
  )
}
