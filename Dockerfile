FROM python:3.13-slim

WORKDIR /app
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY src src
RUN pip install --no-cache-dir -c constraints.txt ".[chat,langchain,office]"

COPY corpus corpus
ENV DGQA_CACHE=/data/cache DGQA_INDEX=/data/index DGQA_HOST=0.0.0.0
RUN useradd --uid 10001 --no-create-home dgqa && mkdir /data && chown dgqa /data
USER 10001
VOLUME /data
EXPOSE 7860

HEALTHCHECK --interval=30s --timeout=5s --start-period=5m \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:7860/health', timeout=4)"]
CMD ["sh", "-c", "dgqa models fetch multilingual-e5-small && dgqa index --wait && exec dgqa chat"]
