# The dashboard, shown to others behind a password:
#
#     docker build -t fairviz .
#     docker run -p 8501:8501 -e FAIRVIZ_PASSWORD='correct horse battery' -v fairviz:/home/user/cache fairviz
#
# A Hugging Face Space of the SDK `docker` builds the same; FAIRVIZ_PASSWORD is a secret of it and
# FAIRVIZ_HOSTS a variable (docs/report.md). For a GPU: --build-arg DEVICE=cuda, and run --gpus all.
FROM python:3.11-slim

ARG DEVICE=cpu

# triton compiles small pieces of C for a GPU.
RUN if [ "$DEVICE" = cuda ]; then apt-get update \
    && apt-get install -y --no-install-recommends gcc libc6-dev \
    && rm -rf /var/lib/apt/lists/*; fi

RUN useradd --create-home --uid 1000 user
USER user
ENV HOME=/home/user \
    PATH=/home/user/.local/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    FAIRVIZ_CACHE=/home/user/cache \
    HF_HOME=/home/user/cache/huggingface
WORKDIR /home/user/fairviz
RUN mkdir -p "$FAIRVIZ_CACHE"

# Before the code, so that a change of it does not install everything again.
COPY --chown=user requirements.txt requirements-gpu.txt requirements.lock ./
RUN if [ "$DEVICE" = cpu ]; then \
      pip install --no-cache-dir --user torch -c requirements.lock \
        --index-url https://download.pytorch.org/whl/cpu; \
    fi \
    && pip install --no-cache-dir --user -r requirements.txt -c requirements.lock

COPY --chown=user . .

EXPOSE 8501
HEALTHCHECK CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://localhost:8501/_stcore/health', timeout=5)"]
CMD ["python", "-m", "fairviz", "run", "--share", "--port", "8501"]
