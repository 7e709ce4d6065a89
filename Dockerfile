# e2v with its kernels compiled, which writes to /data only: `make image`; docs/serving.md says how to run it.
ARG PYTHON=3.13

FROM python:${PYTHON}-slim AS base
# Kernels are compiled here for any CPU of this kind (AVX2: x86-64 since about 2015), not for that of the builder.
# For others: --build-arg CPU=generic, which is slower, or CPU=x86-64-v4 (AVX-512).
ARG CPU=x86-64-v3
ENV NUMBA_CPU_NAME=${CPU} NUMBA_CPU_FEATURES="" XDG_CACHE_HOME=/opt/e2v/cache PATH=/opt/e2v/bin:$PATH

FROM base AS build
ARG EXTRAS=io,ann,serve
RUN python -m venv --without-pip /opt/e2v
COPY pyproject.toml README.md LICENSE /src/
COPY docs/e2v.1 /src/docs/
COPY e2v /src/e2v
RUN pip --python /opt/e2v/bin/python install --no-cache-dir "/src[${EXTRAS}]"
COPY docker/warm /src/docker/warm
RUN cd /tmp && python /src/docker/warm

FROM base
COPY --from=build /opt/e2v /opt/e2v
RUN mkdir -p /data && chown 10001:10001 /data
WORKDIR /data
VOLUME /data
USER 10001:10001
EXPOSE 8000
ENTRYPOINT ["e2v"]
