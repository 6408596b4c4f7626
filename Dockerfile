# syntax-free on purpose: builds with every docker since 17.05, also where no hub can be reached but the base image is there.
FROM node:24-bookworm-slim AS build
WORKDIR /portcullis
COPY package.json package-lock.json tsconfig.json ./
COPY scripts scripts
RUN npm ci --ignore-scripts
COPY src src
RUN npm run build && npm prune --omit=dev --ignore-scripts

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /var/lib/portcullis
COPY --from=build /portcullis/package.json /opt/portcullis/
COPY --from=build /portcullis/node_modules /opt/portcullis/node_modules
COPY --from=build /portcullis/dist /opt/portcullis/dist
COPY nginx-compat.conf /etc/portcullis/nginx.conf
RUN ln -s /opt/portcullis/dist/main.js /usr/local/bin/portcullis \
 && ln -s /opt/portcullis/dist/create-certs.js /usr/local/bin/create-certs
EXPOSE 5000
ENTRYPOINT ["portcullis"]
CMD ["serve", "--nginx-conf", "/etc/portcullis/nginx.conf"]
