# Plain syntax on purpose: it builds with every docker since 17.05, also where no hub can be reached but the base image is there
# (scripts/images-without-hub.sh makes it). Any image with Node 20.19.2 or later, npm and a user "node" will do.
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /portcullis
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY scripts/build.js scripts/
COPY src src
RUN npm run build && npm prune --omit=dev --ignore-scripts

FROM ${NODE_IMAGE}
# The first process stays root, so that it can read keys of mode 0600; those that speak with clients become this user.
ENV NODE_ENV=production PORTCULLIS_WORKER_USER=node
WORKDIR /var/lib/portcullis
COPY --from=build /portcullis/package.json /opt/portcullis/
COPY --from=build /portcullis/node_modules /opt/portcullis/node_modules
COPY --from=build /portcullis/dist /opt/portcullis/dist
COPY scripts/container-start.js scripts/health.js /opt/portcullis/scripts/
COPY scripts/nginx-conf.d.conf /etc/nginx/portcullis-conf.d.conf
COPY nginx-compat.conf /etc/portcullis/nginx.conf
RUN ln -s /opt/portcullis/dist/main.js /usr/local/bin/portcullis \
 && ln -s /opt/portcullis/dist/create-certs.js /usr/local/bin/create-certs
EXPOSE 5000
HEALTHCHECK --interval=15s --timeout=10s --start-period=30s CMD ["node", "/opt/portcullis/scripts/health.js"]
ENTRYPOINT ["node", "/opt/portcullis/scripts/container-start.js"]
CMD ["serve"]
