// @ts-check
/** The configuration of nginx: the recipe of the registry's own documentation, once per way of measuring it. */

/**
 * @typedef {object} RecipeServer
 * @property {number} port
 * @property {boolean} passwords false: everybody may come in, which shows what nginx costs without bcrypt
 * @property {boolean} requestBuffering nginx's default is on: a layer is complete on disk before the registry sees it
 */

/**
 * @typedef {object} RecipeFiles
 * @property {string} folder for temporary files
 * @property {string} certificate
 * @property {string} key
 * @property {string} htpasswd
 * @property {string} registry HOST:PORT
 */

/** @param {RecipeServer} server @param {RecipeFiles} files */
const serverBlock = (server, files) => `
  server {
    listen 127.0.0.1:${server.port} ssl;
    server_name localhost;
    ssl_certificate ${files.certificate};
    ssl_certificate_key ${files.key};
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_ciphers 'EECDH+AESGCM:EDH+AESGCM:AES256+EECDH:AES256+EDH';
    ssl_prefer_server_ciphers on;
    ssl_session_cache shared:SSL:10m;
    client_max_body_size 0;
    chunked_transfer_encoding on;

    location /v2/ {
      if ($http_user_agent ~ "^(docker\\/1\\.(3|4|5(?!\\.[0-9]-dev))|Go ).*$") {
        return 404;
      }
      ${server.passwords ? `auth_basic "Registry realm";\n      auth_basic_user_file ${files.htpasswd};` : 'auth_basic off;'}
      ${server.requestBuffering ? '' : 'proxy_request_buffering off;\n      proxy_http_version 1.1;'}
      add_header 'Docker-Distribution-Api-Version' $docker_distribution_api_version always;
      proxy_pass http://docker-registry;
      proxy_set_header Host $http_host;
      proxy_set_header X-Real-IP $remote_addr;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_read_timeout 900;
    }
  }
`

/**
 * A whole nginx.conf. Besides the paths it differs from the recipe in this: two workers, TLS 1.3 allowed (so that both
 * sides speak the same version and cipher), no access log, temporary files in a folder that is removed afterwards.
 * @param {readonly RecipeServer[]} servers
 * @param {RecipeFiles} files
 * @returns {string}
 */
export const nginxRecipe = (servers, files) => `
${process.getuid?.() === 0 ? 'user root;' : ''}
daemon off;
worker_processes 2;
pid ${files.folder}/nginx.pid;
error_log stderr error;

events {
  worker_connections 1024;
}

http {
  access_log off;
  client_body_temp_path ${files.folder}/body;
  proxy_temp_path ${files.folder}/proxy;
  fastcgi_temp_path ${files.folder}/fastcgi;
  uwsgi_temp_path ${files.folder}/uwsgi;
  scgi_temp_path ${files.folder}/scgi;

  upstream docker-registry {
    server ${files.registry};
  }

  map $upstream_http_docker_distribution_api_version $docker_distribution_api_version {
    '' 'registry/2.0';
  }
${servers.map(server => serverBlock(server, files)).join('')}}
`
